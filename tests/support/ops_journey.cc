#include "support/ops_journey.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <thread>

#include "support/clock.h"

namespace concert::test {
namespace {

std::string name_of(const Reply& reply) {
  if (reply.status == 0) return reply.body == kCutShort ? kCutShort : "no answer";
  if (reply.status < 400) return std::to_string(reply.status);
  return fmt::format("{} {}", reply.status, reply.code());
}

// The refusals to expect when a token or a hold lapses, when users compete, or during a fault.
bool is_foreseen(const Reply& reply) {
  static const std::set<std::string> known{
      "401 TOKEN_EXPIRED",    "402 INSUFFICIENT_BALANCE", "403 TOKEN_WAITING",
      "409 SEAT_UNAVAILABLE", "409 SEAT_LIMIT",           "410 HOLD_EXPIRED",
      "502 BAD_GATEWAY",      "504 GATEWAY_TIMEOUT",      kCutShort};
  const std::string name = name_of(reply);
  if (name == "503 BUSY" || name == "503 DATABASE_UNAVAILABLE") {
    return !reply.header("retry-after").empty();
  }
  return (reply.status >= 200 && reply.status < 300) || known.count(name) > 0;
}

void wait_ms(int time) { std::this_thread::sleep_for(std::chrono::milliseconds(time)); }

}  // namespace

void LoadRecord::note(const Reply& reply, const std::string& request, std::int64_t begun_ms) {
  constexpr Json::ArrayIndex kShown = 10;
  const std::lock_guard lock(mutex_);
  Json::Value& count = report_["answers"][name_of(reply)];
  count = count.asInt() + 1;
  const std::int64_t now = now_ms();
  if (reply.status >= 500 || reply.status == 0)
    report_["lastFailure"] = static_cast<Json::Int64>(now);
  report_["longest"] = std::max<Json::Int64>(report_["longest"].asInt64(), now - begun_ms);
  if (!is_foreseen(reply) && report_["surprises"].size() < kShown) {
    report_["surprises"].append(fmt::format("{}: {} {}", request, reply.status, reply.body));
  }
}

void LoadRecord::acknowledged(const char* kind, const Json::Value& what) {
  const std::lock_guard lock(mutex_);
  report_[kind].append(what);
}

void LoadRecord::doubtful(const std::string& user) {
  const std::lock_guard lock(mutex_);
  report_["doubtful"][user] = true;
}

Journey::Journey(const LoadPlan& plan, unsigned number, LoadRecord& record,
                 const std::atomic<bool>& stop)
    : plan_(plan),
      record_(record),
      stop_(stop),
      random_(plan.seed * 1000 + number),
      web_(plan.url) {}

int Journey::dice(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }

std::string Journey::uuid() {
  return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:04x}{:08x}", random_(), random_() >> 16U,
                     random_() >> 20U, random_() >> 20U, random_() >> 16U, random_());
}

Reply Journey::get(const std::string& path) {
  const std::int64_t begun_ms = now_ms();
  Reply reply = web_.get(path, token_);
  record_.note(reply, "GET " + path, begun_ms);
  return reply;
}

Reply Journey::insist(const std::string& method, const std::string& path, const std::string& body,
                      const std::string& key) {
  std::vector<std::string> headers;
  if (!token_.empty()) headers.push_back("token: " + token_);
  if (!key.empty()) headers.push_back("Idempotency-Key: " + key);
  unsure_ = false;
  for (int stubborn = 0;;) {
    const std::int64_t begun_ms = now_ms();
    Reply reply = web_.send(method, path, headers, body);
    record_.note(reply, method + " " + path, begun_ms);
    if (reply.status != 0 && reply.status < 500) return reply;
    unsure_ = true;
    // Once the test has ended, the fault has too.
    if (stop_ && ++stubborn > 100) return reply;
    wait_ms(20 + dice(50));
  }
}

bool Journey::enter() {
  user_ = uuid();
  token_.clear();
  Json::Value place = insist("POST", "/token", user_body(user_)).json();
  token_ = place["token"].asString();
  for (int polls = 0; place["status"] == "WAITING" && !stop_ && polls < 200; ++polls) {
    wait_ms(50);
    const Reply reply = get("/token/refresh");
    if (reply.status == 200) {
      place = reply.json();
      token_ = place["token"].asString();
    } else if (reply.status < 500) {
      return false;
    }
  }
  return place["status"] == "ACTIVE";
}

bool Journey::look_around() {
  if (dice(4) == 0) get("/concerts");
  const Json::Value dates = get(fmt::format("/concerts/{}/dates", plan_.concert)).json()["dates"];
  if (!dates.isArray() || dates.empty()) return false;
  Json::Int64 newest = 0;
  for (const Json::Value& date : dates) {
    newest = std::max(newest, date["concertDateId"].asInt64());
  }
  date_ = std::max<std::int64_t>(1, newest - dice(2));
  if (dice(4) == 0) get(fmt::format("/concerts/{}/dates/{}/seats", plan_.concert, date_));
  return true;
}

bool Journey::hold() {
  const int first = 1 + dice(999);
  const std::string seats =
      dice(2) == 0 ? fmt::format("[{}]", first) : fmt::format("[{}, {}]", first + 1, first);
  const Reply reply =
      insist("POST", "/reservation",
             fmt::format(R"({{"concertDateId": {}, "seatNumbers": {}}})", date_, seats), uuid());
  reservation_ = reply.json();
  if (reply.status == 201) {
    Json::Value hold(Json::objectValue);
    hold["user"] = user_;
    hold["id"] = reservation_["reservationId"];
    record_.acknowledged("holds", hold);
    return true;
  }
  if (unsure_) record_.doubtful(user_);
  return false;
}

void Journey::charge(std::int64_t amount) {
  const Reply reply = insist("PATCH", "/user/" + user_ + "/charge",
                             fmt::format(R"({{"amount": {}}})", amount), uuid());
  if (reply.status != 200) {
    if (unsure_) record_.doubtful(user_);
    return;
  }
  Json::Value charge(Json::objectValue);
  charge["user"] = user_;
  charge["id"] = reply.json()["entryId"];
  charge["amount"] = static_cast<Json::Int64>(amount);
  record_.acknowledged("charges", charge);
}

bool Journey::pay() {
  const Reply reply = insist("POST", "/payment/" + reservation_["paymentId"].asString(), "");
  if (reply.status != 200) {
    if (unsure_) record_.doubtful(user_);
    return false;
  }
  Json::Value payment(Json::objectValue);
  payment["user"] = user_;
  payment["id"] = reservation_["paymentId"];
  payment["amount"] = reservation_["totalPrice"];
  record_.acknowledged("payments", payment);
  return true;
}

void Journey::once() {
  if (!enter() || !look_around()) return;
  if (dice(10) == 0) {
    charge(1 + dice(1000));
    insist("DELETE", "/token", "");
    return;
  }
  if (!hold()) {
    if (dice(4) != 0) insist("DELETE", "/token", "");
    return;  // or wander off, and let the token lapse
  }
  if (dice(25) == 0) return;  // and let the hold lapse too
  if (dice(10) == 0) {
    insist("DELETE", "/reservation/" + reservation_["reservationId"].asString(), "");
    insist("DELETE", "/token", "");
    return;
  }
  if (dice(3) == 0) pay();  // too poor yet
  charge(reservation_["totalPrice"].asInt64() + dice(100));
  if (!pay()) return;
  if (dice(4) == 0) pay();
  get("/reservation/" + reservation_["reservationId"].asString());
  if (dice(4) == 0) get("/client/" + user_ + "/ledger");
}

void Journey::run_until_stopped() {
  while (!stop_) once();
}

}  // namespace concert::test
