#include "service/sale/tickets.h"

#include <boost/test/unit_test.hpp>

#include "service/points/refunds.h"
#include "store/sale/ticket_store.h"
#include "support/one_date.h"
#include "support/ticket_key.h"

namespace concert::test {
namespace {

const AdminAction kGivenBack{"alice@web1", "payment refund", "ill"};

struct AtTheBoxOffice : OneDateOfFiftySeats {
  AtTheBoxOffice() { use_key(kTicketKey); }

  void use_key(const char* pem) {
    settings.ticket_key = pem;
    compose();
  }
  // A user who has paid for these seats with the token, which is used up now.
  ReservationId buy(const TokenClaims& claims, const SeatNumbers& seats) {
    services->charge(claims, kSeatPrice * static_cast<Points>(seats.size()));
    const ReservationId id = services->hold(claims, date, seats);
    app().payments.pay(claims, payment_of(id));
    return id;
  }
  void refund(ReservationId id) { refund_payment(backend().db, payment_of(id), kGivenBack); }
  std::vector<std::string> told(const TokenClaims& claims, ReservationId id) {
    std::vector<std::string> all;
    for (const auto& [ticket, place, code] : app().tickets.list(claims, id))
      all.push_back(std::to_string(ticket.seat) + std::string(" ").append(to_text(ticket.state)));
    return all;
  }
  std::vector<std::string> at_the_door() {
    std::vector<std::string> all;
    for (const TicketRecord& record : TicketStore(backend().db).of_date(date)) {
      all.push_back(std::to_string(record.ticket.seat) +
                    std::string(" ").append(to_text(record.ticket.state)));
    }
    return all;
  }
};

using Told = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tickets_test, AtTheBoxOffice)

BOOST_AUTO_TEST_CASE(there_are_none_before_the_payment_nor_of_a_hold_that_ended) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId held = services->hold(claims, date, {1});
  BOOST_TEST(told(claims, held).empty());
  BOOST_TEST(at_the_door().empty());
  BOOST_TEST(!TicketStore(backend().db).find(ticket_of({held, 1})));
  app().reservations.release(claims, held);
  BOOST_TEST(told(claims, held).empty());
  const ReservationId lapsed = services->hold(claims, date, {2});
  services->lapse_holds();
  BOOST_TEST(told(claims, lapsed).empty());
  BOOST_TEST(at_the_door().empty());
}

BOOST_AUTO_TEST_CASE(a_payment_makes_one_for_each_seat_and_the_used_up_token_shows_them) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId paid = buy(claims, {3, 9});
  const auto tickets = app().tickets.list(claims, paid);
  BOOST_REQUIRE(tickets.size() == 2U);
  for (const auto& [ticket, place, code] : tickets) {
    BOOST_TEST(ticket.id.value == ticket_of({paid, ticket.seat}).value);
    BOOST_TEST(place.label == std::to_string(ticket.seat));
    BOOST_CHECK(ticket.state == TicketState::valid);
    const auto claimed = read_ticket_code(TicketKey(kTicketKey), code);
    BOOST_REQUIRE(claimed.has_value());
    BOOST_CHECK(*claimed == (TicketClaims{ticket.id, date, ticket.seat}));
    const auto found = TicketStore(backend().db).find(ticket.id);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->reservation.value == paid.value);
    BOOST_TEST(found->user.text() == user(1).text());
    BOOST_TEST(found->ticket.date.value == date.value);
    BOOST_TEST(found->ticket.seat == ticket.seat);
  }
  BOOST_TEST(told(claims, paid) == (Told{"3 VALID", "9 VALID"}));
}

BOOST_AUTO_TEST_CASE(a_token_for_records_shows_them) {
  const ReservationId paid = buy(services->enter(user(1)), {3});
  const TokenClaims records = app().token_text.read(app().records_tokens.issue(user(1)).token);
  BOOST_TEST(told(records, paid) == Told{"3 VALID"});
  app().records_tokens.end(records);
  BOOST_TEST(refused([&] { told(records, paid); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_refund_voids_them_and_their_code_stays) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId paid = buy(claims, {3, 4});
  const std::string code = app().tickets.list(claims, paid).front().code;
  refund(paid);
  BOOST_TEST(told(claims, paid) == (Told{"3 VOID", "4 VOID"}));
  BOOST_TEST(app().tickets.list(claims, paid).front().code == code);
  BOOST_CHECK(TicketStore(backend().db).find(ticket_of({paid, 3}))->ticket.state ==
              TicketState::voided);
}

BOOST_AUTO_TEST_CASE(the_door_list_is_by_seat_and_shows_a_seat_that_was_sold_twice_twice) {
  const ReservationId first = buy(services->enter(user(1)), {2, 9});
  buy(services->enter(user(2)), {1, 10});
  refund(first);
  buy(services->enter(user(3)), {9});
  services->hold(services->enter(user(4)), date, {5});
  BOOST_TEST(at_the_door() == (Told{"1 VALID", "2 VOID", "9 VOID", "9 VALID", "10 VALID"}));
  BOOST_TEST(TicketStore(backend().db).of_date(add_date(5)).empty());
}

BOOST_AUTO_TEST_CASE(a_seat_that_the_reservation_does_not_have_is_no_ticket) {
  const ReservationId paid = buy(services->enter(user(1)), {3});
  TicketStore tickets(backend().db);
  BOOST_TEST(tickets.find(ticket_of({paid, 3})).has_value());
  BOOST_TEST(!tickets.find(ticket_of({paid, 4})).has_value());
  BOOST_TEST(!tickets.find(ticket_of({ReservationId{paid.value + 1}, 3})).has_value());
  BOOST_TEST(!tickets.find(TicketId{3}).has_value());
}

BOOST_AUTO_TEST_CASE(another_users_tickets_are_not_found) {
  const ReservationId paid = buy(services->enter(user(1)), {3});
  const TokenClaims other = services->enter(user(2));
  BOOST_TEST(refused([&] { told(other, paid); }) == "RESERVATION_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(without_a_key_they_are_refused_after_what_is_wrong_with_the_call) {
  use_key("");
  const TokenClaims claims = services->enter(user(1));
  const ReservationId held = services->hold(claims, date, {3});
  BOOST_TEST(refused([&] { told(claims, held); }) == "TICKETS_UNAVAILABLE");
  BOOST_TEST(refused([&] { app().tickets.key(); }) == "TICKETS_UNAVAILABLE");
  BOOST_TEST(refused([&] { told(services->enter(user(2)), held); }) == "RESERVATION_NOT_FOUND");
  use_key(kTicketKey);
  BOOST_TEST(told(services->enter(user(1)), held).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
