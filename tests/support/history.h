#pragma once

#include <json/json.h>

#include <cstdint>
#include <string>
#include <vector>

namespace concert::test {

// A request of one user and what came of it, by the clock of this host, which is the database's.
struct Event {
  std::string user;
  // join, poll, leave, dates, seats, hold, extend, release, charge, pay, pay_all, records
  std::string kind;
  std::string token;  // its jti; empty before the first
  // A reservation's or payment's id, or several with commas between; a charge's amount; a hold's
  // date and seats.
  std::string about;
  std::string key;  // Idempotency-Key
  std::int64_t begun_ms = 0;
  std::int64_t ended_ms = 0;
  int status = 0;      // 0: no whole answer
  std::string code;    // of a problem
  Json::Value answer;  // of a success, and the problem of a refusal that names payments

  bool succeeded() const { return status >= 200 && status < 300; }
  // Whether the request was refused for certain; otherwise an unsuccessful one may have been done.
  bool refused() const { return status >= 400 && status < 500; }

  Json::Value to_json() const;
  static Event from_json(const Json::Value& json);
};

using History = std::vector<Event>;

// One event a line.
void write_history(const std::string& file, const History& history);
History read_history(const std::string& file);

}  // namespace concert::test
