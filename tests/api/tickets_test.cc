#include <boost/test/unit_test.hpp>

#include "base/base64url.h"
#include "settings/ticket_key.h"
#include "support/files.h"
#include "support/jwt.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// A buyer of seats, and what a scanner at the door knows: the public key.
struct AtTheEntrance {
  Stack& stack = shared_stack();
  HttpClient client = stack.client();
  std::int64_t date = stack.add_date(stack.add_concert(), 9, 100);
  TestUser buyer{stack};

  static std::string tickets_of(const HttpResponse& held) { return path_of(held) + "/tickets"; }
  Json::Value tickets(const HttpResponse& held) {
    const HttpResponse answer = buyer.get(tickets_of(held));
    BOOST_TEST(answer.outcome() == "200");
    BOOST_TEST(answer.header("cache-control") == "no-store");
    return answer.json()["tickets"];
  }
  HttpResponse buy(const std::vector<int>& seats) {
    buyer.charge(900);
    HttpResponse held = buyer.hold(date, seats);
    BOOST_TEST(buyer.pay(held).status == 200);
    return held;
  }
  HttpResponse key() { return client.send({"GET", "/tickets/key"}); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tickets_test, AtTheEntrance)

BOOST_AUTO_TEST_CASE(
    a_hold_has_none_and_the_token_that_the_payment_used_up_shows_one_for_each_seat) {
  buyer.charge(900);
  const HttpResponse held = buyer.hold(date, {3, 4});
  BOOST_TEST(tickets(held).isArray());
  BOOST_TEST(tickets(held).empty());
  buyer.pay(held);
  BOOST_TEST(buyer.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  const Json::Value paid = tickets(held);
  BOOST_REQUIRE(paid.size() == 2U);
  const std::int64_t reservation = held.json()["reservationId"].asInt64();
  for (Json::ArrayIndex i = 0; i < 2; ++i) {
    const std::int64_t seat = 3 + i;
    BOOST_TEST(paid[i]["ticketId"].asInt64() == reservation * 65'536 + seat);
    BOOST_TEST(paid[i]["seatNumber"].asInt64() == seat);
    BOOST_TEST(paid[i]["label"] == std::to_string(seat));
    BOOST_TEST(paid[i]["status"] == "VALID");
    for (const char* name : {"section", "row"}) {
      BOOST_TEST(paid[i].isMember(name));
      BOOST_TEST(paid[i][name].isNull());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_code_is_what_it_says_and_verifies_with_the_public_key) {
  const HttpResponse held = buy({5});
  const Json::Value ticket = tickets(held)[0];
  const std::string code = ticket["code"].asString();
  const auto dot = code.find('.');
  BOOST_TEST(*concert::from_base64url(code.substr(0, dot)) ==
             "{\"v\":1,\"t\":" + ticket["ticketId"].asString() + ",\"d\":" + std::to_string(date) +
                 ",\"s\":5}");
  const Json::Value jwk = key().json();
  const TicketKey secret(text_of(stack.folder() + "/ticket.key"));
  BOOST_TEST(jwk["x"] == base64url(secret.public_key()));
  BOOST_TEST(
      secret.has_signed(code.substr(0, dot), *concert::from_base64url(code.substr(dot + 1))));
  BOOST_TEST(tickets(held)[0] == ticket);
}

BOOST_AUTO_TEST_CASE(a_token_for_records_shows_them_at_the_door) {
  const HttpResponse held = buy({1});
  const Json::Value with_the_used_token = tickets(held);
  const std::string token = records_token(client, buyer.id());
  const HttpResponse answer = client.send({"GET", tickets_of(held), {{"token", token}}});
  BOOST_TEST(answer.outcome() == "200");
  BOOST_TEST(answer.json()["tickets"] == with_the_used_token);
}

BOOST_AUTO_TEST_CASE(a_refund_makes_them_void) {
  const HttpResponse held = buy({1, 2});
  stack.ctl(
      {"payment", "refund", "--payment", held.json()["paymentId"].asString(), "--why", "ill"});
  const Json::Value refunded = tickets(held);
  BOOST_TEST(refunded.size() == 2U);
  for (const Json::Value& ticket : refunded) BOOST_TEST(ticket["status"] == "VOID");
}

BOOST_AUTO_TEST_CASE(a_reservation_that_is_not_the_users_is_not_found) {
  const HttpResponse held = buy({1});
  TestUser other(stack);
  BOOST_TEST(other.get(tickets_of(held)).outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(other.get("/reservation/x/tickets").outcome() == "404 NOT_FOUND");
  BOOST_TEST(client.send({"GET", tickets_of(held)}).outcome() == "401 TOKEN_REQUIRED");
}

BOOST_AUTO_TEST_CASE(the_key_is_public_and_the_same_for_everybody) {
  const HttpResponse answer = key();
  BOOST_TEST(answer.outcome() == "200");
  BOOST_TEST(answer.header("cache-control") == "private, no-cache");
  BOOST_TEST(answer.json()["kty"] == "OKP");
  BOOST_TEST(answer.json()["crv"] == "Ed25519");
  BOOST_TEST(!answer.json().isMember("d"));
  const HttpResponse same =
      client.send({"GET", "/tickets/key", {{"If-None-Match", answer.header("etag")}}});
  BOOST_TEST(same.status == 304);
}

BOOST_AUTO_TEST_CASE(without_a_key_nothing_but_the_tickets_is_refused) {
  const Stack keyless{{"ticket_key_file", ""}};
  TestUser user(keyless);
  user.charge(100);
  const HttpResponse held = user.hold(keyless.add_date(keyless.add_concert(), 2, 100), {1});
  BOOST_TEST(user.pay(held).status == 200);
  for (const HttpResponse& answer :
       {user.get(tickets_of(held)), user.send({"GET", "/tickets/key"})}) {
    BOOST_TEST(answer.outcome() == "503 TICKETS_UNAVAILABLE");
    BOOST_TEST(answer.header("retry-after") == "1");
  }
  TestUser other(keyless);
  BOOST_TEST(other.get(tickets_of(held)).outcome() == "404 RESERVATION_NOT_FOUND");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
