#include "http/prefetch.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "http/routes.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

struct Round : OneDateOfFiftySeats {
  // What is prefetched from the database for a read of the balance and one of the seats.
  PrefetchList list_of(const TokenClaims& claims, const std::string& trace) {
    PrefetchList list;
    for (const std::string& target :
         {fmt::format("/client/{}/balance", claims.user.text()),
          fmt::format("/concerts/{}/dates/{}/seats", concert.value, date.value)}) {
      Request request;
      request.method = "GET";
      request.target = target;
      request.token_header = app().token_text.sign(claims, backend().db.now());
      request.trace = TraceParent::parse(trace);
      open_call(app(), request, list);
    }
    return list;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(prefetch_test, Round)

BOOST_AUTO_TEST_CASE(what_an_active_user_reads_is_prefetched) {
  const TokenClaims claims = services->enter(user(1));
  const PrefetchList list = list_of(claims, "");
  BOOST_TEST((list.balances == std::vector<UserId>{claims.user}));
  BOOST_TEST((list.seats == std::vector<DateId>{date}));
}

BOOST_AUTO_TEST_CASE(a_waiting_user_costs_the_database_nothing) {
  settings.active_limit = 1;
  services->enter(user(1));
  const TokenClaims waiting = services->enter(user(2));
  BOOST_REQUIRE(waiting.state == TokenState::waiting);
  const PrefetchList list = list_of(waiting, "");
  BOOST_TEST(list.balances.empty());
  BOOST_TEST(list.seats.empty());
}

BOOST_AUTO_TEST_CASE(a_request_whose_trace_is_recorded_asks_by_itself) {
  const TokenClaims claims = services->enter(user(1));
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0";
  BOOST_TEST(list_of(claims, trace + "0").balances.size() == 1U);
  BOOST_TEST(list_of(claims, trace + "1").balances.empty());
  BOOST_TEST(list_of(claims, trace + "1").seats.empty());
}

// As when an administrator alters a table: the request gets an error, and the worker goes on.
BOOST_AUTO_TEST_CASE(a_fetch_that_the_database_refuses_is_skipped) {
  const TokenClaims claims = services->enter(user(1));
  const PrefetchList list = list_of(claims, "");
  services->execute("RENAME TABLE seat TO seat_elsewhere", {});
  BOOST_CHECK_NO_THROW(fetch(app(), list));
  BOOST_CHECK_THROW(app().catalogue.seats(claims, concert, date), std::exception);
  BOOST_TEST(app().balances.show(claims) == 0);
  services->execute("RENAME TABLE seat_elsewhere TO seat", {});
  BOOST_TEST(app().catalogue.seats(claims, concert, date).seats.size() == 50U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
