#include "support/history_load.h"

#include <fmt/format.h>

#include <chrono>
#include <random>
#include <thread>

#include "support/clock.h"
#include "support/http_client.h"
#include "support/jwt.h"
#include "support/ops_http.h"

namespace concert::test {
namespace {

constexpr std::size_t kSteps = 5000;
constexpr int kSeatsOfADate = 50;

// One user. What a roll means depends on whether the user is outside, in the line or inside.
class Wanderer {
 public:
  Wanderer(const HistoryPlan& plan, unsigned number, const std::atomic<bool>& stop)
      : plan_(plan),
        steps_(plan_of(plan.seed, number, kSteps)),
        stop_(stop),
        web_(plan.url),
        user_(fmt::format("{:08x}-0000-4000-8000-{:012x}", plan.seed, number)) {}

  History run() {
    for (; !stop_; ++at_) {
      step_ = &steps_[at_ % steps_.size()];
      std::this_thread::sleep_for(std::chrono::milliseconds(step_->pause_ms));
      if (token_.empty()) {
        join();
      } else if (!inside_) {
        wait_in_line(step_->roll);
      } else {
        be_inside(step_->roll);
      }
    }
    return std::move(history_);
  }

 private:
  void wait_in_line(unsigned roll) {
    if (roll < 80) return poll();
    if (roll < 85) return leave();
    if (roll < 90) return records();
    if (roll < 95) return hold();  // which is refused
    join();
  }

  void be_inside(unsigned roll) {
    if (roll < 8) return look("dates", fmt::format("/concerts/{}/dates", plan_.concert));
    if (roll < 20) return seats();
    if (roll < 42) return hold();
    if (roll < 48) return release();
    if (roll < 54) return extend();
    if (roll < 66) return charge(fmt::format("{}-{}", user_, at_), 1 + static_cast<int>(at_));
    if (roll < 70 && !charge_key_.empty()) return charge(charge_key_, charged_);
    if (roll < 82) return pay(reservation_);
    if (roll < 86) return buy_together();
    if (roll < 90) return pay_again();
    if (roll < 93) return records();
    if (roll < 95) return leave();
    if (roll < 98) return poll();
    wander_off();
  }

  // Until the token and the hold may have lapsed.
  void wander_off() { std::this_thread::sleep_for(std::chrono::seconds(1 + step_->seat % 4)); }

  // Asks until the answer is certain, unless the plan says that this user gives up.
  Event ask(Event event, const std::string& method, const std::string& path,
            const std::string& body = "") {
    event.user = user_;
    event.token = jti_;
    std::vector<std::string> headers;
    if (!token_.empty()) headers.push_back("token: " + token_);
    if (!event.key.empty()) headers.push_back("Idempotency-Key: " + event.key);
    for (;;) {
      event.begun_ms = now_ms();
      const Reply reply = web_.send(method, path, headers, body);
      event.ended_ms = now_ms();
      event.status = reply.status;
      event.code = reply.status >= 400 ? reply.code() : "";
      const bool has_answer = event.succeeded() || event.code == "OTHER_HOLDS";
      event.answer = has_answer ? reply.json() : Json::Value();
      history_.push_back(event);
      if (event.succeeded() || event.refused() || step_->gives_up || stop_) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + step_->seat));
    }
    if (event.status == 401) forget();
    return event;
  }

  static Event event_of(std::string kind, std::string about = "", std::string key = "") {
    Event event;
    event.kind = std::move(kind);
    event.about = std::move(about);
    event.key = std::move(key);
    return event;
  }

  void forget() {
    token_.clear();
    jti_.clear();
    inside_ = false;
  }

  void take(const Json::Value& answer) {
    token_ = answer["token"].asString();
    jti_ = claims_of_jwt(token_)["jti"].asString();
    inside_ = answer["status"] == "ACTIVE";
  }

  void join() {
    const Event joined = ask(event_of("join"), "POST", "/token", user_body(user_));
    if (joined.succeeded()) take(joined.answer);
  }

  void poll() {
    const Event polled = ask(event_of("poll"), "GET", "/token/refresh");
    if (polled.succeeded()) take(polled.answer);
  }

  void leave() {
    if (ask(event_of("leave"), "DELETE", "/token").succeeded()) forget();
  }

  void look(const std::string& kind, const std::string& path) {
    const Event seen = ask(event_of(kind), "GET", path);
    if (kind != "dates" || !seen.succeeded()) return;
    // The newest two are what everybody wants.
    std::int64_t newest = 0;
    for (const Json::Value& date : seen.answer["dates"])
      newest = std::max(newest, date["concertDateId"].asInt64());
    date_ = std::max<std::int64_t>(1, newest - step_->seat % 2);
  }

  void seats() {
    if (date_ == 0 || step_->roll % 3 == 0)
      return look("dates", fmt::format("/concerts/{}/dates", plan_.concert));
    ask(event_of("seats", std::to_string(date_)), "GET",
        fmt::format("/concerts/{}/dates/{}/seats", plan_.concert, date_));
  }

  // Of seats that begin so far behind those of the step.
  void hold(int behind = 0) {
    if (date_ == 0) return look("dates", fmt::format("/concerts/{}/dates", plan_.concert));
    std::string numbers;
    for (int i = 0; i < step_->seats; ++i)
      numbers += fmt::format("{}{}", i == 0 ? "" : ", ", step_->seat + behind + i);
    const std::string body =
        step_->roll % 3 == 0
            ? fmt::format(R"({{"concertDateId": {}, "bestAvailable": {{"count": {}}}}})", date_,
                          step_->seats)
            : fmt::format(R"({{"concertDateId": {}, "seatNumbers": [{}]}})", date_, numbers);
    const Event held = ask(event_of("hold", body, fmt::format("{}-{}-{}", user_, at_, behind)),
                           "POST", "/reservation", body);
    if (held.succeeded()) reservation_ = held.answer["reservationId"].asString();
  }

  void release() {
    if (reservation_.empty()) return hold();
    ask(event_of("release", reservation_), "DELETE", "/reservation/" + reservation_);
  }

  void extend() {
    if (reservation_.empty()) return hold();
    ask(event_of("extend", reservation_), "POST", "/reservation/" + reservation_ + "/extend");
  }

  void charge(const std::string& key, int amount) {
    charge_key_ = key;
    charged_ = amount;
    ask(event_of("charge", std::to_string(amount), key), "PATCH", "/user/" + user_ + "/charge",
        fmt::format(R"({{"amount": {}}})", amount));
  }

  void pay(const std::string& reservation) {
    if (reservation.empty()) return hold();
    const Event paid = ask(event_of("pay", reservation), "POST", "/payment/" + reservation);
    if (paid.code == "OTHER_HOLDS") return pay_all(paid.answer["paymentIds"]);
    if (paid.succeeded()) note_paid(reservation);
  }

  // Two holds, the points for both, and a payment, which is refused for one of them alone.
  void buy_together() {
    for (const int behind : {0, step_->seats})
      if (!token_.empty()) hold(behind);
    if (!token_.empty())
      charge(fmt::format("{}-{}", user_, at_), 1'000'000 + static_cast<int>(at_));
    if (!token_.empty()) pay(reservation_);
  }

  // For all that the refusal named, or for all but the last, which is refused again.
  void pay_all(Json::Value ids) {
    Json::Value removed;
    if (step_->seat % 8 == 0 && ids.size() > 1) ids.removeIndex(ids.size() - 1, &removed);
    Json::Value body(Json::objectValue);
    body["paymentIds"] = ids;
    std::string about;
    for (const Json::Value& id : ids) about += (about.empty() ? "" : ",") + id.asString();
    const Event paid = ask(event_of("pay_all", about), "POST", "/payments", compact(body));
    if (!paid.succeeded()) return;
    together_ = ids;
    note_paid(ids[0].asString());
  }

  void pay_again() {
    if (together_.isNull() || step_->seat % 2 == 0) return pay(paid_);
    pay_all(together_);
  }

  void note_paid(const std::string& reservation) {
    paid_ = reservation;
    // The token is used up; now and then the user asks with it again.
    if (step_->seat % 4 != 0) forget();
  }

  void records() {
    const std::string path =
        reservation_.empty() ? "/client/" + user_ + "/ledger" : "/reservation/" + reservation_;
    ask(event_of("records", reservation_), "GET", path);
  }

  const HistoryPlan& plan_;
  std::vector<PlannedStep> steps_;
  const std::atomic<bool>& stop_;
  Web web_;
  std::string user_;
  std::size_t at_ = 0;
  const PlannedStep* step_ = nullptr;
  History history_;
  std::string token_;
  std::string jti_;
  bool inside_ = false;
  std::int64_t date_ = 0;
  std::string reservation_;
  std::string paid_;
  Json::Value together_;  // the payments that were made at once last
  std::string charge_key_;
  int charged_ = 0;
};

void run_all(const HistoryPlan& plan, const std::string& file, const std::atomic<bool>& stop) {
  std::vector<History> histories(plan.users);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < plan.users; ++i)
    threads.emplace_back([&, i] { histories[i] = Wanderer(plan, i, stop).run(); });
  for (auto& thread : threads) thread.join();
  History whole;
  for (History& history : histories)
    whole.insert(whole.end(), std::make_move_iterator(history.begin()),
                 std::make_move_iterator(history.end()));
  write_history(file, whole);
}

}  // namespace

std::vector<PlannedStep> plan_of(unsigned seed, unsigned user, std::size_t steps) {
  std::mt19937 random(seed * 1'000'003U + user);
  const auto below = [&](unsigned sides) { return static_cast<int>(random() % sides); };
  std::vector<PlannedStep> plan(steps);
  for (PlannedStep& step : plan) {
    step.roll = static_cast<unsigned>(below(100));
    step.seats = 1 + below(3);
    step.seat = 1 + below(static_cast<unsigned>(kSeatsOfADate - step.seats));
    step.pause_ms = below(150);
    step.gives_up = below(3) == 0;
  }
  return plan;
}

HistoryLoad::HistoryLoad(const HistoryPlan& plan, const std::string& file)
    : file_(file), background_([plan, file](const std::atomic<bool>& stop) {
        run_all(plan, file, stop);
        return "done";
      }) {}

History HistoryLoad::stop() {
  if (background_.stop() != "done") throw std::runtime_error("the users of the history died");
  return read_history(file_);
}

}  // namespace concert::test
