// The connection to the database ends after COMMIT was sent and before its answer came: the client
// is told 503 though all was done, and finds that out by asking again.
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
  // The answer to `ask` whose transaction was committed unheard.
  template <class Ask>
  void expect_unheard(Ask ask) {
    const std::int64_t before = proxy.cuts();
    proxy.cut_next_commit();
    const Reply unheard = ask();
    BOOST_TEST(proxy.cuts() == before + 1);
    BOOST_TEST(unheard.status == 503);
    BOOST_TEST(unheard.code() == "DATABASE_UNAVAILABLE");
    BOOST_TEST(unheard.header("retry-after") != "");
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

BOOST_AUTO_TEST_CASE(a_charge_finds_itself_by_its_key) {
  expect_unheard([&] { return charge(700, "once"); });
  BOOST_TEST(number("SELECT balance FROM user") == 700);
  const Reply again = charge(700, "once");
  BOOST_TEST(again.status == 200);
  BOOST_TEST(again.json()["balance"] == 700);
  BOOST_TEST(again.json()["entryId"] == 1);
}

BOOST_AUTO_TEST_CASE(a_hold_finds_itself_by_its_key) {
  expect_unheard([&] { return hold("[3, 4]", "once"); });
  const Reply again = hold("[3, 4]", "once");
  BOOST_TEST(again.status == 201);
  BOOST_TEST(again.json()["reservationId"].asInt64() ==
             number("SELECT reservation_id FROM reservation"));
  BOOST_TEST(number("SELECT COUNT(*) FROM reservation") == 1);
}

BOOST_AUTO_TEST_CASE(a_payment_finds_itself) {
  charge(1000, "before");
  const std::string path = "/payment/" + hold("[3, 4]", "before").json()["paymentId"].asString();
  expect_unheard([&] { return send("POST", path); });
  const Reply again = send("POST", path);
  BOOST_TEST(again.status == 200);
  BOOST_TEST(again.json()["balance"] == 800);
  BOOST_TEST(number("SELECT COUNT(*) FROM payment") == 1);
}

BOOST_AUTO_TEST_CASE(a_join_finds_its_place) {
  const std::string other = new_uuid();
  expect_unheard([&] { return web.post("/token", "", user_body(other)); });
  BOOST_TEST(web.post("/token", "", user_body(other)).status == 200);
  BOOST_TEST(number("SELECT COUNT(*) FROM token") == 2);
}

BOOST_AUTO_TEST_CASE(letting_go_twice_is_letting_go) {
  const std::string path = "/reservation/" + hold("[3]", "").json()["reservationId"].asString();
  expect_unheard([&] { return send("DELETE", path); });
  BOOST_TEST(send("DELETE", path).status == 204);
  expect_unheard([&] { return send("DELETE", "/token"); });
  BOOST_TEST(send("DELETE", "/token").status == 204);
  BOOST_TEST(number("SELECT active_count FROM queue") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
