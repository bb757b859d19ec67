#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

// A call that the guard protects, as a user would send it; {user} stands for the path's user.
struct Guarded {
  std::string method;
  std::string path;
  std::string body = "";
  bool own_records = false;  // open to the user's token in whatever state
  bool of_a_user = false;
};

// In the order that the contract gives.
const std::vector<Guarded> kGuarded{
    {"GET", "/concerts"},
    {"GET", "/concerts?limit=1&after=1"},
    {"GET", "/concerts/1/dates"},
    {"GET", "/concerts/1/dates/1/seats"},
    {"GET", "/concerts/1/dates/1/seats?status=AVAILABLE"},
    {"GET", "/concerts/1/dates/1/sections"},
    {"POST", "/reservation", R"({"concertDateId": 1, "seatNumbers": [1]})"},
    {"GET", "/reservation/1", "", true},
    {"POST", "/reservation/1/extend"},
    {"GET", "/reservation/1/tickets", "", true},
    {"DELETE", "/reservation/1", "", true},
    {"GET", "/client/{user}/reservations", "", true, true},
    {"GET", "/client/{user}/balance", "", true, true},
    {"GET", "/client/{user}/ledger", "", true, true},
    {"PATCH", "/user/{user}/charge", R"({"amount": 1})", false, true},
    {"POST", "/payment/1"},
    {"POST", "/payments", R"({"paymentIds": [1]})"},
};

// The same calls with something wrong about their form.
const std::vector<Guarded> kMisshapen{
    {"GET", "/concerts?limit=0"},
    {"GET", "/concerts/x/dates"},
    {"GET", "/concerts/1/dates/0/seats"},
    {"GET", "/concerts/1/dates/1/seats?status=SOLD"},
    {"GET", "/concerts/1/dates/1/seats?section=%FF"},
    {"GET", "/concerts/1/dates/1/seats?section=101"},
    {"GET", "/concerts/x/dates/1/sections"},
    {"POST", "/reservation", "nonsense"},
    {"POST", "/reservation", R"({"concertDateId": "x"})"},
    {"POST", "/reservation", R"({"concertDateId": 1, "seatNumbers": [1, 1]})"},
    {"DELETE", "/reservation/x", "", true},
    {"GET", "/reservation/x", "", true},
    {"POST", "/reservation/x/extend"},
    {"GET", "/reservation/x/tickets", "", true},
    {"GET", "/client/x/balance", "", true},
    {"GET", "/client/{user}/ledger?after=x", "", true},
    {"PATCH", "/user/x/charge", R"({"amount": 1})"},
    {"PATCH", "/user/{user}/charge", R"({"amount": -1})"},
    {"PATCH", "/user/{user}/charge", "nonsense"},
    {"POST", "/payment/x", "", true},
    {"POST", "/payments", R"({"paymentIds": []})", true},
};

// One user is active, one waits, one left, one has paid; no case changes that.
struct EveryState {
  Stack stack;
  HttpClient client = stack.client();
  std::int64_t date = stack.add_date(stack.add_concert(), 5, 0);
  TestUser active{stack}, left{stack}, paid{stack};
  HttpResponse ticket = paid.hold(date, {1});
  TestUser waiting = [this] {
    paid.pay(ticket);
    left.leave();
    stack.ctl({"queue", "pause"});
    return TestUser(stack);
  }();

  std::string ask(const Guarded& call, const std::string& user, Headers headers) {
    HttpRequest request{call.method, call.path, std::move(headers), std::nullopt};
    const auto at = request.path.find("{user}");
    if (at != std::string::npos) request.path.replace(at, 6, user);
    if (call.method == "POST" || call.method == "PATCH") request.body = call.body;
    if (!call.body.empty()) request.headers["Content-Type"] = "application/json";
    return client.send(request).outcome();
  }
  std::string ask(const Guarded& call, const TestUser& user) {
    return ask(call, user.id(), {{"token", user.token()}});
  }
};

struct InEveryState {
  static EveryState& all() {
    static EveryState state;
    return state;
  }
  HttpClient& client = all().client;
  TestUser &active = all().active, &left = all().left, &paid = all().paid;
  TestUser& waiting = all().waiting;

  std::string ask(const Guarded& call, const std::string& user, const Headers& headers) {
    return all().ask(call, user, headers);
  }
  std::string ask(const Guarded& call, const TestUser& user) { return all().ask(call, user); }
};

}  // namespace

#define FOR_EACH_CALL(call, calls)  \
  for (const Guarded& call : calls) \
  BOOST_TEST_CONTEXT(call.method << " " << call.path << " " << call.body)

BOOST_FIXTURE_TEST_SUITE(guard_test, InEveryState)

BOOST_AUTO_TEST_CASE(no_call_goes_without_a_token) {
  FOR_EACH_CALL(call, kGuarded) BOOST_TEST(ask(call, active.id(), {}) == "401 TOKEN_REQUIRED");
  FOR_EACH_CALL(call, kMisshapen) BOOST_TEST(ask(call, active.id(), {}) == "401 TOKEN_REQUIRED");
}

BOOST_AUTO_TEST_CASE(no_call_goes_with_a_forged_token) {
  std::string forged = active.token();
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  for (const Headers& headers :
       {Headers{{"token", forged}}, Headers{{"Authorization", "Bearer " + forged}}}) {
    FOR_EACH_CALL(call, kGuarded)
    BOOST_TEST(ask(call, active.id(), headers) == "401 TOKEN_INVALID");
    FOR_EACH_CALL(call, kMisshapen) {
      BOOST_TEST(ask(call, active.id(), headers) == "401 TOKEN_INVALID");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_waiting_user_sees_only_own_records) {
  FOR_EACH_CALL(call, kGuarded) {
    const std::string outcome = ask(call, waiting);
    if (!call.own_records) {
      BOOST_TEST(outcome == "403 TOKEN_WAITING");
    } else {
      BOOST_TEST((outcome == "200" || outcome == "404 RESERVATION_NOT_FOUND"), outcome);
    }
  }
  FOR_EACH_CALL(call, kMisshapen) {
    const std::string outcome = ask(call, waiting);
    if (call.own_records) {
      BOOST_TEST((outcome == "404 NOT_FOUND" || outcome == "422 FIELD_INVALID"), outcome);
    } else {
      BOOST_TEST(outcome == "403 TOKEN_WAITING");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_user_who_left_sees_only_own_records) {
  FOR_EACH_CALL(call, kGuarded) {
    const std::string outcome = ask(call, left);
    if (!call.own_records) {
      BOOST_TEST(outcome == "401 TOKEN_EXPIRED");
    } else {
      BOOST_TEST((outcome == "200" || outcome == "404 RESERVATION_NOT_FOUND"), outcome);
    }
  }
  FOR_EACH_CALL(call, kMisshapen) {
    if (!call.own_records) BOOST_TEST(ask(call, left) == "401 TOKEN_EXPIRED");
  }
}

BOOST_AUTO_TEST_CASE(a_user_who_paid_sees_only_own_records_and_the_payment) {
  FOR_EACH_CALL(call, kGuarded) {
    const std::string expected = call.method == "DELETE" ? "409 ALREADY_PAID"
                                 : call.own_records || call.path.starts_with("/payment")
                                     ? "200"
                                     : "401 TOKEN_EXPIRED";
    BOOST_TEST(ask(call, paid) == expected);
  }
  FOR_EACH_CALL(call, kMisshapen) {
    if (!call.own_records) BOOST_TEST(ask(call, paid) == "401 TOKEN_EXPIRED");
  }
  BOOST_TEST(all().ticket.json()["paymentId"].asInt() == 1);
}

BOOST_AUTO_TEST_CASE(an_active_user_has_access) {
  FOR_EACH_CALL(call, kGuarded) {
    const std::string outcome = ask(call, active);
    BOOST_TEST((outcome == "200" || outcome == "404 RESERVATION_NOT_FOUND" ||
                outcome == "404 PAYMENT_NOT_FOUND" || outcome == "409 SEAT_UNAVAILABLE"),
               outcome);
  }
  FOR_EACH_CALL(call, kMisshapen) {
    const int status = std::stoi(ask(call, active));
    BOOST_TEST((status == 400 || status == 404 || status == 422), status);
  }
}

BOOST_AUTO_TEST_CASE(nobody_acts_as_another_user) {
  FOR_EACH_CALL(call, kGuarded) {
    if (!call.of_a_user) continue;
    const auto as = [&](const TestUser& user) {
      return ask(call, active.id(), {{"token", user.token()}});
    };
    BOOST_TEST(ask(call, paid.id(), {{"token", active.token()}}) == "403 NOT_YOURS");
    BOOST_TEST(ask(call, new_uuid(), {{"token", active.token()}}) == "403 NOT_YOURS");
    // The state of the token is refused first.
    BOOST_TEST(as(left) == (call.own_records ? "403 NOT_YOURS" : "401 TOKEN_EXPIRED"));
    BOOST_TEST(as(waiting) == (call.own_records ? "403 NOT_YOURS" : "403 TOKEN_WAITING"));
    BOOST_TEST(as(paid) == (call.own_records ? "403 NOT_YOURS" : "401 TOKEN_EXPIRED"));
  }
  // Its refusal comes before those of the rest.
  const std::string other = paid.id();
  const Headers headers{{"token", active.token()}};
  BOOST_TEST(ask({"PATCH", "/user/{user}/charge", "nonsense"}, other, headers) == "403 NOT_YOURS");
  BOOST_TEST(ask({"GET", "/client/{user}/ledger?limit=0"}, other, headers) == "403 NOT_YOURS");
}

BOOST_AUTO_TEST_CASE(a_body_of_the_wrong_type_comes_after_the_token) {
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"POST", "/reservation"}, {"PATCH", "/user/" + left.id() + "/charge"}}) {
    const auto send = [&, method = method, path = path](const Headers& headers) {
      return client.send({method, path, headers, "<xml/>"}).outcome();
    };
    BOOST_TEST(send({}) == "401 TOKEN_REQUIRED");
    BOOST_TEST(send({{"token", left.token()}}) == "401 TOKEN_EXPIRED");
  }
  BOOST_TEST(
      client.send({"POST", "/reservation", {{"token", active.token()}}, "<xml/>"}).outcome() ==
      "415 MEDIA_TYPE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
