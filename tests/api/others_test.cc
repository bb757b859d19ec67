#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "http/routes.h"
#include "support/base64url.h"
#include "support/files.h"
#include "support/jwt.h"
#include "support/one_date.h"
#include "support/test_user.h"

// Access to an owner's data: every route, called with every kind of token that is not the owner's.

namespace concert::test {
namespace {

// A route, and its answers to the owner, to another active user, to a waiting user, with a token
// that has ended or that a payment used up, and with another user's token for records.
struct Row {
  std::string route;
  std::string owner, other, waiting, ended, used, records;
  std::string body = "";
  bool open = false;  // looks at no token: everybody is answered as the owner
};

Row open(const std::string& route, const std::string& body = "") {
  return {route, "200", "200", "200", "200", "200", "200", body, true};
}

const std::string kWaiting = "403 TOKEN_WAITING";
const std::string kExpired = "401 TOKEN_EXPIRED";
const std::string kRecordsOnly = "403 TOKEN_RECORDS_ONLY";
const std::string kNotYours = "403 NOT_YOURS";
const std::string kTaken = "409 SEAT_UNAVAILABLE";
const std::string kNoReservation = "404 RESERVATION_NOT_FOUND";
const std::string kNoPayment = "404 PAYMENT_NOT_FOUND";

// {owner}, {seat} and the names in the paths stand for what is the owner's.
const std::vector<Row> kRows{
    open("POST /token", R"({"userId": "{owner}"})"),
    open("POST /client/token", R"({"userId": "{owner}"})"),
    open("GET /queue"),
    open("GET /queues/{queueId}"),
    open("GET /tickets/key"),
    open("GET /site"),
    open("GET /catalogue"),
    open("GET /catalogue/{concertId}"),
    open("GET /livez"),
    open("GET /readyz"),
    open("GET /metrics"),
    {"DELETE /token", "204", "204", "204", "204", "204", "204"},
    {"GET /token/refresh", "200", "200", "200", kExpired, kExpired, kRecordsOnly},
    {"GET /concerts", "200", "200", kWaiting, kExpired, kExpired, kRecordsOnly},
    {"GET /concerts/{concertId}/dates", "200", "200", kWaiting, kExpired, kExpired, kRecordsOnly},
    {"GET /concerts/{concertId}/dates/{concertDateId}/seats", "200", "200", kWaiting, kExpired,
     kExpired, kRecordsOnly},
    {"GET /concerts/{concertId}/dates/{concertDateId}/sections", "200", "200", kWaiting, kExpired,
     kExpired, kRecordsOnly},
    {"POST /reservation", kTaken, kTaken, kWaiting, kExpired, kExpired, kRecordsOnly,
     R"({"concertDateId": {concertDateId}, "seatNumber": {seat}})"},
    {"GET /reservation/{reservationId}", "200", kNoReservation, kNoReservation, kNoReservation,
     kNoReservation, kNoReservation},
    {"DELETE /reservation/{reservationId}", "204", kNoReservation, kNoReservation, kNoReservation,
     kNoReservation, kNoReservation},
    {"POST /reservation/{reservationId}/extend", "200", kNoReservation, kWaiting, kExpired,
     kExpired, kRecordsOnly},
    {"GET /reservation/{reservationId}/tickets", "200", kNoReservation, kNoReservation,
     kNoReservation, kNoReservation, kNoReservation},
    {"GET /client/{clientId}/reservations", "200", kNotYours, kNotYours, kNotYours, kNotYours,
     kNotYours},
    {"GET /client/{clientId}/balance", "200", kNotYours, kNotYours, kNotYours, kNotYours,
     kNotYours},
    {"GET /client/{clientId}/ledger", "200", kNotYours, kNotYours, kNotYours, kNotYours, kNotYours},
    {"PATCH /user/{userId}/charge", "200", kNotYours, kWaiting, kExpired, kExpired, kRecordsOnly,
     R"({"amount": 1})"},
    {"POST /payment/{paymentId}", "200", kNoPayment, kWaiting, kExpired, kExpired, kRecordsOnly},
    {"POST /payments", "200", kNoPayment, kWaiting, kExpired, kExpired, kRecordsOnly,
     R"({"paymentIds": [{paymentId}]})"},
};

// An owner that holds a seat, and other users. Only the owner may change any of it.
struct Scene {
  TestUser owner, other, left, lapsed, used;
  int seat = 0;
  HttpResponse held = {};
};

// A scene for each row, so that no row is in the way of another.
struct Theatre {
  static constexpr int kPrice = 7;

  Stack stack{{"active_limit", "1000"}, {"memcached_servers", memcached_socket()}};
  HttpClient client = stack.client();
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 100, kPrice);
  std::vector<Scene> scenes;
  std::vector<TestUser> waiting;

  Theatre() {
    for (std::size_t i = 0; i < kRows.size(); ++i) scenes.push_back(new_scene(int(i) + 1));
    forget_cache();  // which knows nothing yet of the lapses
    stack.ctl({"queue", "pause"});
    for (std::size_t i = 0; i < kRows.size(); ++i) waiting.emplace_back(stack);
  }

  Scene new_scene(int seat) {
    Scene scene{TestUser(stack), TestUser(stack), TestUser(stack),
                TestUser(stack), TestUser(stack), seat};
    scene.owner.charge(2 * kPrice);
    scene.held = scene.owner.hold(date, {seat});
    scene.used.charge(kPrice);
    scene.used.pay(scene.used.hold(date, {100 - seat}));
    scene.left.leave();
    lapse(scene.lapsed);
    return scene;
  }
  void lapse(const TestUser& user) const {
    const auto changed = stack.database().execute(
        "UPDATE token SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE token_id = ?",
        {claims_of_jwt(user.token())["jti"].asString()});
    BOOST_REQUIRE(changed == 1U);
  }
  std::string signing_key() const { return text_of(stack.folder() + "/token.key"); }

  std::string fill(std::string text, const Scene& scene) const {
    const std::vector<std::pair<std::string, std::string>> values{
        {"{owner}", scene.owner.id()},
        {"{clientId}", scene.owner.id()},
        {"{userId}", scene.owner.id()},
        {"{queueId}", "1"},
        {"{concertId}", std::to_string(concert)},
        {"{concertDateId}", std::to_string(date)},
        {"{seat}", std::to_string(scene.seat)},
        {"{reservationId}", scene.held.json()["reservationId"].asString()},
        {"{paymentId}", scene.held.json()["paymentId"].asString()}};
    for (const auto& [name, value] : values) {
      const auto at = text.find(name);
      if (at != std::string::npos) text.replace(at, name.size(), value);
    }
    return text;
  }

  std::string ask(const Row& row, const Scene& scene, const Headers& headers) {
    const auto space = row.route.find(' ');
    const std::string method = row.route.substr(0, space);
    HttpRequest request{method, fill(row.route.substr(space + 1), scene), headers, std::nullopt};
    if (method == "POST" || method == "PATCH") request.body = fill(row.body, scene);
    if (!row.body.empty()) request.headers["Content-Type"] = "application/json";
    return client.send(request).outcome();
  }
  // Sends the token in the one header and in the other.
  void expect(const Row& row, const Scene& scene, const std::string& token,
              const std::string& expected) {
    BOOST_TEST(ask(row, scene, {{"token", token}}) == expected);
    BOOST_TEST(ask(row, scene, {{"Authorization", "Bearer " + token}}) == expected);
  }
};

struct InTheTheatre {
  static Theatre& theatre() {
    static Theatre opened;
    return opened;
  }
  Theatre& all = theatre();

  template <class Check>
  void for_each_row(Check check) {
    for (std::size_t i = 0; i < kRows.size(); ++i)
      BOOST_TEST_CONTEXT(kRows[i].route) check(kRows[i], all.scenes[i], all.waiting[i]);
  }
};

// The same claims under a header, and with a signature, that an attacker can make.
std::vector<std::string> forgeries(const std::string& genuine, const std::string& others,
                                   const std::string& key) {
  const Json::Value claims = claims_of_jwt(genuine);
  const std::string payload = genuine.substr(0, genuine.rfind('.'));
  const std::string none = base64url(R"({"alg":"none","typ":"JWT"})");
  return {sign_jwt(claims, "HS256", "another key of thirty-two bytes or more"),
          sign_jwt(claims, "none", ""),
          none + genuine.substr(genuine.find('.')),
          sign_jwt(claims, "HS512", key),
          payload + others.substr(others.rfind('.')),
          payload + "."};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(others_test, InTheTheatre)

BOOST_AUTO_TEST_CASE(every_route_is_in_the_table_once) {
  std::multiset<std::string> rows;
  for (const Row& row : kRows) rows.insert(row.route);
  std::vector<std::string> routes = route_names();
  routes.pop_back();  // "none"
  BOOST_TEST((rows == std::multiset<std::string>(routes.begin(), routes.end())));
}

BOOST_AUTO_TEST_CASE(a_missing_token_opens_nothing) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    BOOST_TEST(all.ask(row, scene, {}) == (row.open ? row.owner : "401 TOKEN_REQUIRED"));
  });
}

BOOST_AUTO_TEST_CASE(a_forged_token_opens_nothing) {
  const std::string key = all.signing_key();
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    for (const std::string& forged : forgeries(scene.owner.token(), scene.other.token(), key))
      all.expect(row, scene, forged, row.open ? row.owner : "401 TOKEN_INVALID");
  });
}

BOOST_AUTO_TEST_CASE(another_users_token_opens_nothing_of_the_owners) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    all.expect(row, scene, scene.other.token(), row.other);
  });
}

BOOST_AUTO_TEST_CASE(a_waiting_token_opens_nothing_of_the_owners) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser& waiting) {
    all.expect(row, scene, waiting.token(), row.waiting);
  });
}

BOOST_AUTO_TEST_CASE(another_users_token_for_records_opens_nothing_of_the_owners) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    for (const char* header : {"token", "Authorization"}) {
      const std::string token = records_token(all.client, scene.other.id());
      const std::string value = header == std::string("token") ? token : "Bearer " + token;
      BOOST_TEST(all.ask(row, scene, {{header, value}}) == row.records);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_token_that_has_ended_opens_nothing_of_the_owners) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    all.expect(row, scene, scene.left.token(), row.ended);
    all.expect(row, scene, scene.lapsed.token(), row.ended);
  });
}

BOOST_AUTO_TEST_CASE(a_used_up_token_opens_nothing_of_the_owners) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    all.expect(row, scene, scene.used.token(), row.used);
  });
}

BOOST_AUTO_TEST_CASE(no_other_user_has_changed_anything_of_the_owner) {
  for_each_row([&](const Row&, Scene& scene, const TestUser&) {
    const std::string id = scene.held.json()["reservationId"].asString();
    BOOST_TEST(scene.owner.get("/reservation/" + id).body == scene.held.body);
    BOOST_TEST(scene.owner.balance() == 2 * Theatre::kPrice);
    BOOST_TEST(scene.owner.refresh().json()["status"].asString() == "ACTIVE");
  });
}

BOOST_AUTO_TEST_CASE(the_owner_gets_through) {
  for_each_row([&](const Row& row, const Scene& scene, const TestUser&) {
    BOOST_TEST(all.ask(row, scene, {{"token", scene.owner.token()}}) == row.owner);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
