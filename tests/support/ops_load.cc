#include "support/ops_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "support/http_client.h"
#include "support/ops_journey.h"

namespace concert::test {
namespace {

std::string run_load(const LoadPlan& plan, const std::atomic<bool>& stop) {
  LoadRecord record;
  std::vector<std::thread> threads;
  for (int i = 0; i < plan.clients; ++i) {
    threads.emplace_back(
        [&, i] { Journey(plan, static_cast<unsigned>(i), record, stop).run_until_stopped(); });
  }
  for (auto& thread : threads) thread.join();
  return compact(record.report());
}

std::string hex_of(std::string uuid) {
  uuid.erase(std::remove(uuid.begin(), uuid.end(), '-'), uuid.end());
  return uuid;
}

std::int64_t number(Session& database, const std::string& sql, const std::vector<Value>& values) {
  auto rows = database.query(sql, values);
  return rows.next() ? rows.number(1) : -1;
}

constexpr char kCharge[] = R"sql(
    SELECT COUNT(*) FROM ledger_entry
    WHERE user_id = UNHEX(?) AND entry_no = ? AND kind = 'CHARGE' AND amount = ?)sql";
constexpr char kPayment[] = R"sql(
    SELECT COUNT(*) FROM payment p
      JOIN reservation r ON r.reservation_id = p.payment_id AND r.state = 'PAID'
      JOIN ledger_entry l ON l.user_id = p.user_id AND l.entry_no = p.entry_no AND l.amount = -p.amount
    WHERE p.user_id = UNHEX(?) AND p.payment_id = ? AND p.amount = ?)sql";
constexpr char kHold[] = R"sql(
    SELECT COUNT(*) FROM reservation WHERE user_id = UNHEX(?) AND reservation_id = ?)sql";
constexpr char kRows[] = R"sql(
    SELECT (SELECT COUNT(*) FROM ledger_entry WHERE user_id = UNHEX(?))
         + (SELECT COUNT(*) FROM reservation WHERE user_id = UNHEX(?)))sql";

}  // namespace

Load::Load(const LoadPlan& plan)
    : background_([plan](const std::atomic<bool>& stop) { return run_load(plan, stop); }) {}

void Load::stop() {
  const std::string text = background_.stop();
  Json::CharReaderBuilder builder;
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  if (!reader->parse(text.data(), text.data() + text.size(), &report_, nullptr)) {
    report_["surprises"].append("the load died");
  }
}

std::string Load::surprises() const {
  std::string text;
  for (const Json::Value& surprise : report_["surprises"]) text += surprise.asString() + "\n";
  return text;
}

std::string Load::summary() const {
  std::string text =
      fmt::format("{} payments, {} charges, {} holds acknowledged;", report_["payments"].size(),
                  report_["charges"].size(), report_["holds"].size());
  for (const std::string& name : answers().getMemberNames()) {
    text += fmt::format(" {} x {};", answers()[name].asInt(), name);
  }
  return text;
}

std::string Load::missing_from(Session& database) const {
  std::string missing;
  std::map<std::string, std::map<std::string, bool>> rows_of;  // a replay is the same row again
  const auto expect = [&](const char* kind, const char* sql, bool with_amount) {
    for (const Json::Value& what : report_[kind]) {
      const std::string user = hex_of(what["user"].asString());
      std::vector<Value> values{user, what["id"].asInt64()};
      if (with_amount) values.emplace_back(what["amount"].asInt64());
      if (number(database, sql, values) != 1) {
        missing += fmt::format("{} {} of {}\n", kind, what["id"].asInt64(), user);
      }
      rows_of[user][kind + what["id"].asString()] = true;
    }
  };
  expect("charges", kCharge, true);
  expect("payments", kPayment, true);
  expect("holds", kHold, false);
  for (const auto& [user, rows] : rows_of) {
    bool is_doubtful = false;
    for (const std::string& doubtful : report_["doubtful"].getMemberNames()) {
      is_doubtful |= hex_of(doubtful) == user;
    }
    const auto found = number(database, kRows, {user, user});
    if (!is_doubtful && found != static_cast<std::int64_t>(rows.size())) {
      missing += fmt::format("{} has {} rows of money and holds, {} were acknowledged\n", user,
                             found, rows.size());
    }
  }
  return missing;
}

}  // namespace concert::test
