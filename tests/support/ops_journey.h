#pragma once

#include <json/json.h>

#include <atomic>
#include <mutex>
#include <random>
#include <string>

#include "support/ops_http.h"
#include "support/ops_load.h"

namespace concert::test {

// What all clients of a load have seen, for its report.
class LoadRecord {
 public:
  void note(const Reply& reply, const std::string& request, std::int64_t begun_ms);
  void acknowledged(const char* kind, const Json::Value& what);
  // The user's number of rows cannot be foretold: an answer was lost and asking again was refused.
  void doubtful(const std::string& user);
  Json::Value report() const { return report_; }

 private:
  std::mutex mutex_;
  Json::Value report_{Json::objectValue};
};

// One client: a new user each time round.
class Journey {
 public:
  Journey(const LoadPlan& plan, unsigned number, LoadRecord& record, const std::atomic<bool>& stop);

  void run_until_stopped();

 private:
  void once();
  bool enter();
  bool look_around();
  bool hold();
  void charge(std::int64_t amount);
  bool pay();
  // Sends until the answer is certain: what is below 500 is.
  Reply insist(const std::string& method, const std::string& path, const std::string& body,
               const std::string& key = "");
  Reply get(const std::string& path);
  int dice(int sides);
  std::string uuid();

  const LoadPlan& plan_;
  LoadRecord& record_;
  const std::atomic<bool>& stop_;
  std::mt19937 random_;
  Web web_;
  std::string user_;
  std::string token_;
  std::int64_t date_ = 0;
  Json::Value reservation_;
  bool unsure_ = false;  // an answer to the last insist() was lost before the one returned
};

}  // namespace concert::test
