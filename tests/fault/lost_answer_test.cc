// The connection to the database ends after COMMIT was sent and before its answer came: the worker
// finds out whether the change was made. If it cannot, the client finds out by asking again.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/cutting_proxy.h"
#include "support/ops_service.h"
#include "support/servers.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct BehindTheProxy {
  BehindTheProxy() { token = service.new_token(web, user_id); }

  Reply send(const std::string& method, const std::string& path, const std::string& body = "",
             const std::string& key = "") {
    std::vector<std::string> headers{"token: " + token};
    if (!key.empty()) headers.push_back("Idempotency-Key: " + key);
    return web.send(method, path, headers, body);
  }
  Reply charge(int amount, const std::string& key) {
    return send("PATCH", "/user/" + user_id + "/charge", fmt::format(R"({{"amount": {}}})", amount),
                key);
  }
  Reply hold(const std::string& seats, const std::string& key) {
    return send("POST", "/reservation",
                fmt::format(R"({{"concertDateId": {}, "seatNumbers": {}}})", date, seats), key);
  }
  // The answer to `ask` whose COMMIT gets no answer; the change was made, or the database rolls it
  // back.
  template <class Ask>
  Reply unheard(Ask ask, bool is_made = true) {
    const std::int64_t before = proxy.cuts();
    proxy.cut_next_commit(is_made);
    Reply reply = ask();
    BOOST_TEST(proxy.cuts() == before + 1);
    return reply;
  }
  // The same, and the database is away after that.
  template <class Ask>
  void expect_unknown(Ask ask) {
    proxy.close_at_cut(true);
    const Reply reply = unheard(ask);
    proxy.close_at_cut(false);
    BOOST_TEST(reply.status == 503);
    BOOST_TEST(reply.code() == "DATABASE_UNAVAILABLE");
    BOOST_TEST(reply.json()["detail"].asString().find("whole or not at all") != std::string::npos);
    BOOST_TEST(reply.header("retry-after") != "");
  }
  std::int64_t number(const std::string& sql) {
    Session database = service.database();
    auto rows = database.query(sql);
    return rows.next() ? rows.number(1) : -1;
  }
  ~BehindTheProxy() {
    const Outcome audit = service.ctl({"audit"});
    BOOST_TEST(audit.exit_code == 0, audit.out << audit.err);
  }

  CuttingProxy proxy{database_socket()};
  Service service{{{"workers", "2"}}, proxy.socket()};
  Web web = service.web();
  std::int64_t date = service.add_date(50, 100);
  std::string user_id = new_uuid();
  std::string token;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_answer_test, BehindTheProxy)

BOOST_AUTO_TEST_CASE(a_charge_is_made_once_whatever_became_of_its_commit) {
  std::int64_t entries = 0;
  for (const std::string key : {"", "once"}) {
    for (const bool is_made : {true, false}) {
      const Reply reply = unheard([&] { return charge(700, is_made ? key : key + key); }, is_made);
      ++entries;
      BOOST_TEST(reply.status == 200);
      BOOST_TEST(reply.json()["entryId"].asInt64() == entries);
      BOOST_TEST(reply.json()["balance"].asInt64() == 700 * entries);
      BOOST_TEST(number("SELECT COUNT(*) FROM ledger_entry") == entries);
    }
  }
}

BOOST_AUTO_TEST_CASE(seats_are_held_once_whatever_became_of_the_commit) {
  int seat = 0;
  for (const std::string key : {"", "once"}) {
    for (const bool is_made : {true, false}) {
      const std::string seats = fmt::format("[{}]", ++seat);
      const Reply reply = unheard([&] { return hold(seats, is_made ? key : key + key); }, is_made);
      BOOST_TEST(reply.status == 201);
      BOOST_TEST(reply.json()["reservationId"].asInt64() ==
                 number("SELECT MAX(reservation_id) FROM reservation"));
      BOOST_TEST(number("SELECT COUNT(*) FROM reservation") == seat);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_payment_is_made_once_whatever_became_of_its_commit) {
  charge(1000, "");
  const std::string path = "/payment/" + hold("[3, 4]", "").json()["paymentId"].asString();
  for (const bool is_made : {false, true}) {
    const Reply reply = unheard([&] { return send("POST", path); }, is_made);
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.json()["balance"] == 800);
    BOOST_TEST(number("SELECT COUNT(*) FROM payment") == 1);
    BOOST_TEST(web.get("/concerts", token).code() == "TOKEN_EXPIRED");
  }
}

BOOST_AUTO_TEST_CASE(several_holds_are_paid_once_whatever_became_of_the_commit) {
  charge(1000, "");
  Json::Value body(Json::objectValue);
  for (const char* seats : {"[3, 4]", "[7]"})
    body["paymentIds"].append(hold(seats, "").json()["paymentId"]);
  for (const bool is_made : {false, true}) {
    const Reply reply = unheard([&] { return send("POST", "/payments", compact(body)); }, is_made);
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.json()["balance"] == 700);
    BOOST_TEST(reply.json()["payments"].size() == 2U);
    BOOST_TEST(number("SELECT COUNT(*) FROM payment") == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_join_finds_its_place) {
  for (const bool is_made : {true, false}) {
    const std::string other = new_uuid();
    const std::int64_t tokens = number("SELECT COUNT(*) FROM token");
    const Reply reply = unheard([&] { return web.post("/token", "", user_body(other)); }, is_made);
    BOOST_TEST(reply.status == (is_made ? 200 : 201));
    BOOST_TEST(number("SELECT COUNT(*) FROM token") == tokens + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_release_and_a_leave_are_done_whatever_became_of_the_commit) {
  for (const bool is_made : {true, false}) {
    token = service.new_token(web, user_id);
    const std::string path = "/reservation/" + hold("[3]", "").json()["reservationId"].asString();
    BOOST_TEST(unheard([&] { return send("DELETE", path); }, is_made).status == 204);
    BOOST_TEST(number("SELECT COUNT(*) FROM reservation WHERE state = 'HELD'") == 0);
    BOOST_TEST(unheard([&] { return send("DELETE", "/token"); }, is_made).status == 204);
    BOOST_TEST(number("SELECT active_count FROM queue") == 0);
    BOOST_TEST(web.get("/concerts", token).code() == "TOKEN_EXPIRED");
  }
}

BOOST_AUTO_TEST_CASE(an_extension_is_answered_whatever_became_of_its_commit) {
  const Json::Value held = hold("[3]", "").json();
  const std::string path = "/reservation/" + held["reservationId"].asString();
  // All that is left is given at once; a second extension would be refused.
  Session database = service.database();
  database.execute(
      "UPDATE reservation SET created_at = created_at - INTERVAL 650 SECOND, "
      "held_until = held_until - INTERVAL 100 SECOND");
  database.execute(
      "UPDATE seat SET held_until = held_until - INTERVAL 100 SECOND WHERE state = 'HELD'");
  const Reply reply = unheard([&] { return send("POST", path + "/extend"); });
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(send("GET", path).json() == reply.json());
  BOOST_TEST(send("POST", path + "/extend").code() == "EXTENSION_LIMIT");
}

// A repeated request is not applied twice, if it is one that can be repeated.
BOOST_AUTO_TEST_CASE(while_the_database_is_away_the_outcome_is_not_known) {
  expect_unknown([&] { return charge(700, "once"); });
  BOOST_TEST(charge(700, "once").json()["entryId"] == 1);
  expect_unknown([&] { return hold("[3, 4]", "once"); });
  const Json::Value held = hold("[3, 4]", "once").json();
  BOOST_TEST(held["reservationId"].asInt64() == number("SELECT reservation_id FROM reservation"));
  const std::string path = "/payment/" + held["paymentId"].asString();
  expect_unknown([&] { return send("POST", path); });
  BOOST_TEST(send("POST", path).json()["balance"] == 500);
  BOOST_TEST(number("SELECT COUNT(*) FROM payment") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
