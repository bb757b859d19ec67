// The checker of histories finds each kind of contradiction.
#include "support/history_check.h"

#include <boost/test/unit_test.hpp>

#include "domain/instant.h"
#include "support/history_load.h"
#include "support/jwt.h"

namespace concert::test {
namespace {

constexpr std::int64_t kLimit = 1;

// Two users: ann is let in, charges, holds a seat and pays; bob waits, then comes in.
struct SoundHistory {
  SoundHistory() {
    join("ann", "1", "ACTIVE", 0, 0);
    join("bob", "2", "WAITING", 1, 0);
    add("ann", "charge", "1", 10, "500", "c1").answer = charged(500, 1);
    add("ann", "hold", "1", 20, "", "h1").answer = held("7", 3, 5000);
    add("bob", "seats", "2", 30, "1").status = 403;
    add("ann", "pay", "1", 40, "7").answer = paid();
    poll("bob", "2", "ACTIVE", 60);
    state.balances = {{"ann", 400}, {"bob", 0}};
    state.entries = {{"ann", 1, "CHARGE", 500, 500}, {"ann", 2, "PAYMENT", -100, 400}};
    state.reservations["7"] = {"ann", "PAID", 1, 100, "3"};
    state.payments["7"] = {"ann", 100, "1", 42};
    state.tokens["1"] = {0, 1, 600'000, 45};
    state.tokens["2"] = {1, 50, 600'000, 0};
    state.sold["1/3"] = "7";
    state.now_ms = 100;
  }

  Event& add(const std::string& user, const std::string& kind, const std::string& token,
             std::int64_t at, const std::string& about = "", const std::string& key = "") {
    Event event;
    event.user = user;
    event.kind = kind;
    event.token = token;
    event.about = about;
    event.key = key;
    event.begun_ms = at;
    event.ended_ms = at + 5;
    event.status = 200;
    history.push_back(event);
    return history.back();
  }
  static Json::Value place(const std::string& jti, const std::string& status, int position) {
    Json::Value claims;
    claims["jti"] = jti;
    Json::Value answer;
    answer["token"] = sign_jwt(claims, "HS256", "a key");
    answer["status"] = status;
    answer["position"] = position;
    answer["expiresAt"] = Instant{600'000}.rfc3339();
    return answer;
  }
  void join(const std::string& user, const std::string& jti, const std::string& status,
            int position, std::int64_t at) {
    add(user, "join", "", at).answer = place(jti, status, position);
  }
  void poll(const std::string& user, const std::string& jti, const std::string& status,
            std::int64_t at, int position = 0) {
    add(user, "poll", jti, at).answer = place(jti, status, position);
  }
  static Json::Value charged(int balance, int entry) {
    Json::Value answer;
    answer["balance"] = balance;
    answer["entryId"] = entry;
    return answer;
  }
  static Json::Value held(const std::string& id, int seat, std::int64_t until) {
    Json::Value answer;
    answer["reservationId"] = id;
    answer["concertDateId"] = 1;
    answer["totalPrice"] = 100;
    answer["seatNumbers"].append(seat);
    answer["heldUntil"] = Instant{until}.rfc3339();
    return answer;
  }
  static Event extended(std::int64_t at, std::int64_t until) {
    Event event;
    event.user = "ann";
    event.kind = "extend";
    event.token = "1";
    event.about = "7";
    event.begun_ms = at;
    event.ended_ms = at + 1;
    event.status = 200;
    event.answer = held("7", 3, until);
    return event;
  }
  static Json::Value paid(const std::string& id = "7") {
    Json::Value answer;
    answer["paymentId"] = id;
    answer["amount"] = 100;
    return answer;
  }
  // Ann holds another seat and pays for both at once.
  void pay_for_two() {
    add("ann", "hold", "1", 30, "", "h2").answer = held("8", 4, 5000);
    event("pay").status = 409;
    Event& together = add("ann", "pay_all", "1", 40, "7,8");
    together.answer["payments"].append(paid("7"));
    together.answer["payments"].append(paid("8"));
    state.balances["ann"] = 300;
    state.entries.push_back({"ann", 3, "PAYMENT", -100, 300});
    state.reservations["8"] = {"ann", "PAID", 1, 100, "4"};
    state.payments["8"] = {"ann", 100, "1", 42};
    state.sold["1/4"] = "8";
  }
  Event& event(const std::string& kind, const std::string& user = "ann") {
    return *std::find_if(history.begin(), history.end(),
                         [&](const Event& e) { return e.kind == kind && e.user == user; });
  }
  bool finds(const std::string& part) {
    const auto faults = contradictions(history, state, kLimit);
    for (const std::string& fault : faults) BOOST_TEST_MESSAGE(fault);
    return std::any_of(faults.begin(), faults.end(), [&](const std::string& fault) {
      return fault.find(part) != std::string::npos;
    });
  }

  History history;
  FinalState state;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(history_check_test, SoundHistory)

BOOST_AUTO_TEST_CASE(a_sound_history_has_no_contradiction) {
  BOOST_TEST(contradictions(history, state, kLimit).empty());
}

BOOST_AUTO_TEST_CASE(a_charge_that_is_lost_doubled_or_unasked) {
  history.push_back(event("charge"));
  history.back().answer = charged(1000, 2);
  BOOST_TEST(finds("was answered in two ways"));
  history.pop_back();
  const FinalState sound = state;
  state.entries.erase(state.entries.begin());
  BOOST_TEST(finds("charge c1 is there 0 times"));
  state = sound;
  state.entries.push_back({"ann", 3, "CHARGE", 500, 900});
  BOOST_TEST(finds("charge c1 is there 2 times"));
  state = sound;
  state.entries.push_back({"bob", 1, "CHARGE", 77, 77});
  BOOST_TEST(finds("bob was charged 77, which nobody asked for"));
  state = sound;
  event("charge").status = 409;
  BOOST_TEST(finds("charge c1 is there 1 times, unasked"));
  event("charge").status = 0;
  BOOST_TEST(!finds("charge c1"));
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_lost_or_doubled) {
  state.reservations["8"] = {"ann", "HELD", 1, 100, "4"};
  BOOST_TEST(finds("ann has 2 reservations, 1 were asked for"));
  state.reservations.erase("8");
  state.reservations["7"].seats = "4";
  BOOST_TEST(finds("hold h1 is not there as it was acknowledged"));
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_refused_as_over_while_it_lives) {
  Event& late = add("ann", "pay", "1", 30, "7");
  late.status = 410;
  late.code = "HOLD_EXPIRED";
  BOOST_TEST(finds("hold 7 was refused as over while it lived: pay"));
  event("hold").answer["heldUntil"] = Instant{34}.rfc3339();
  BOOST_TEST(!finds("while it lived"));
  history.push_back(extended(28, 36));
  state.reservations["7"].held_until_ms = 36;
  BOOST_TEST(finds("hold 7 was refused as over while it lived: pay"));
  add("ann", "release", "1", 29, "7");
  BOOST_TEST(!finds("while it lived"));
}

BOOST_AUTO_TEST_CASE(an_extension_that_is_lost) {
  history.push_back(extended(28, 6000));
  BOOST_TEST(finds("the extension of 7 is not there as it was acknowledged"));
  state.reservations["7"].held_until_ms = 6000;
  BOOST_TEST(!finds("extension"));
}

BOOST_AUTO_TEST_CASE(a_seat_that_is_taken_or_shown_as_free_in_the_time_that_an_extension_gave) {
  event("hold").answer["heldUntil"] = Instant{35}.rfc3339();
  history.push_back(extended(28, 6000));
  state.reservations["7"] = {"ann", "EXPIRED", 1, 100, "3", 0, 0, 6000};
  add("bob", "hold", "2", 70, "", "h2").answer = held("8", 3, 5000);
  BOOST_TEST(finds("seat 1/3 belonged to 7 and 8 at once"));
}

BOOST_AUTO_TEST_CASE(a_payment_that_is_lost_or_unasked) {
  const FinalState sound = state;
  state.payments.clear();
  BOOST_TEST(finds("payment 7 is not there as it was acknowledged"));
  BOOST_TEST(finds("100 points were taken without a payment"));
  state = sound;
  state.reservations["7"].state = "EXPIRED";
  BOOST_TEST(finds("payment 7 is not for its reservation"));
  BOOST_TEST(finds("seat 1/3 was sold to 7, which did not pay"));
  state = sound;
  event("pay").status = 404;
  BOOST_TEST(finds("payment 7 was made, unasked"));
}

BOOST_AUTO_TEST_CASE(payments_of_one_token_at_different_moments) {
  pay_for_two();
  BOOST_TEST(contradictions(history, state, kLimit).empty());
  state.payments["8"].at_ms = 43;
  BOOST_TEST(finds("payment 8 of token 1 was made at another moment"));
}

BOOST_AUTO_TEST_CASE(a_payment_of_several_that_is_lost_in_part_or_answered_in_two_ways) {
  pay_for_two();
  const FinalState sound = state;
  state.payments.erase("8");
  BOOST_TEST(finds("payment 8 is not there as it was acknowledged"));
  state = sound;
  Event& again = add("ann", "pay", "1", 50, "8");
  again.answer = paid("8");
  again.answer["amount"] = 99;
  BOOST_TEST(finds("pay 8 was answered in two ways"));
}

BOOST_AUTO_TEST_CASE(a_hold_that_a_payment_leaves_behind) {
  add("ann", "hold", "1", 30, "", "h2").answer = held("8", 4, 5000);
  state.reservations["8"] = {"ann", "HELD", 1, 100, "4"};
  BOOST_TEST(finds("hold 8 was left behind by payment 7"));
  event("pay").status = 0;
  BOOST_TEST(!finds("left behind"));
  event("pay").status = 200;
  state.reservations["8"] = {"ann", "RELEASED", 1, 100, "4", 0, 38};
  BOOST_TEST(!finds("left behind"));
}

BOOST_AUTO_TEST_CASE(points_from_nowhere) {
  state.balances["ann"] = 401;
  BOOST_TEST(finds("ann has 401 points, not 400"));
  state.entries[1].balance_after = 401;
  BOOST_TEST(finds("entry 2 of ann does not add up"));
  state.entries[1].number = 3;
  BOOST_TEST(finds("a gap in the ledger of ann"));
}

BOOST_AUTO_TEST_CASE(a_seat_with_two_owners) {
  add("bob", "hold", "2", 70, "", "h2").answer = held("8", 3, 5000);
  state.reservations["8"] = {"bob", "EXPIRED", 1, 100, "3"};
  BOOST_TEST(finds("seat 1/3 belonged to 7 and 8 at once"));
}

BOOST_AUTO_TEST_CASE(a_seat_may_change_hands_after_a_lapse_or_a_release) {
  add("bob", "hold", "2", 70, "", "h2").answer = held("8", 4, 200);
  add("ann", "hold", "1", 300, "", "h3").answer = held("9", 4, 5000);
  add("ann", "release", "1", 310, "9");
  add("bob", "hold", "2", 320, "", "h4").answer = held("10", 4, 5000);
  BOOST_TEST(!finds("at once"));
}

BOOST_AUTO_TEST_CASE(a_seat_that_is_shown_as_free_while_somebody_has_it) {
  Event& looked = add("bob", "seats", "2", 70, "1");
  looked.answer["seats"][0]["seatNumber"] = 3;
  looked.answer["seats"][0]["status"] = "AVAILABLE";
  BOOST_TEST(finds("seat 1/3 was shown as free while 7 had it"));
  // Before the payment, while the hold lives, and after it, although the hold would have lapsed.
  history.back().begun_ms = 30;
  history.back().ended_ms = 39;
  BOOST_TEST(finds("seat 1/3 was shown as free while 7 had it"));
  history.back().begun_ms = 6000;
  history.back().ended_ms = 6005;
  BOOST_TEST(finds("seat 1/3 was shown as free while 7 had it"));
}

BOOST_AUTO_TEST_CASE(a_seat_is_free_once_its_hold_has_lapsed_until_a_payment_under_way_is_done) {
  event("hold").answer["heldUntil"] = Instant{35}.rfc3339();
  Event& looked = add("bob", "seats", "2", 36, "1");
  looked.ended_ms = 39;
  looked.answer["seats"][0]["seatNumber"] = 3;
  looked.answer["seats"][0]["status"] = "AVAILABLE";
  BOOST_TEST(!finds("shown as free"));
}

BOOST_AUTO_TEST_CASE(more_inside_than_the_limit) {
  event("poll", "bob").begun_ms = 30;
  event("poll", "bob").ended_ms = 35;
  BOOST_TEST(finds("2 were inside at once, over the limit of 1"));
}

BOOST_AUTO_TEST_CASE(a_place_that_was_passed_over) {
  state.tokens["3"] = {2, 60, 600'000, 0};
  BOOST_TEST(!finds("place 1"));
  state.tokens["2"].admitted_ms = 5000;
  BOOST_TEST(finds("place 1 waited until 5000, a later place was admitted at 60"));
}

BOOST_AUTO_TEST_CASE(a_token_that_comes_back) {
  add("ann", "charge", "1", 60, "1", "c2").status = 0;
  Event& dead = add("ann", "hold", "1", 70, "", "h9");
  dead.status = 401;
  dead.code = "TOKEN_EXPIRED";
  add("ann", "release", "1", 80, "7");
  BOOST_TEST(finds("token 1 came back: release"));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_reported_as_ended_and_lives) {
  Event& dead = add("bob", "hold", "2", 70, "", "h9");
  dead.status = 401;
  dead.code = "TOKEN_EXPIRED";
  BOOST_TEST(finds("token 2 was answered as ended and lives"));
}

BOOST_AUTO_TEST_CASE(a_token_that_was_never_let_in) {
  state.tokens["2"].admitted_ms = 0;
  BOOST_TEST(finds("token 2 was inside, never let in"));
}

BOOST_AUTO_TEST_CASE(a_place_that_grows) {
  poll("bob", "2", "WAITING", 20, 2);
  BOOST_TEST(finds("the place of token 2 grew"));
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_plan) {
  const auto text = [](unsigned seed, unsigned user) {
    std::string all;
    for (const PlannedStep& step : plan_of(seed, user, 100))
      all += std::to_string(step.roll) + " " + std::to_string(step.seat) + " " +
             std::to_string(step.pause_ms) + " " + (step.gives_up ? "x" : "") + ";";
    return all;
  };
  BOOST_TEST(text(1, 2) == text(1, 2));
  BOOST_TEST(text(1, 2) != text(2, 2));
  BOOST_TEST(text(1, 2) != text(1, 3));
}

// Ann's payment is refunded at 60, and bob takes the seat.
struct RefundedHistory : SoundHistory {
  RefundedHistory() {
    state.reservations["7"] = {"ann", "REFUNDED", 1, 100, "3", 100, 60};
    state.entries.push_back({"ann", 3, "REFUND", 100, 500});
    state.balances["ann"] = 500;
    state.sold.clear();
    add("bob", "hold", "2", 70, "", "h2").answer = held("8", 3, 5000);
    state.reservations["8"] = {"bob", "HELD", 1, 100, "3"};
  }
};

BOOST_FIXTURE_TEST_CASE(a_refund_that_gives_back_what_was_paid_is_no_contradiction,
                        RefundedHistory) {
  BOOST_TEST(contradictions(history, state, kLimit).empty());
}

BOOST_FIXTURE_TEST_CASE(a_refund_that_is_not_in_the_ledger_or_there_twice_is_found,
                        RefundedHistory) {
  state.entries.push_back({"ann", 4, "REFUND", 100, 600});
  state.balances["ann"] = 600;
  BOOST_TEST(finds("ann was given back -100 points too few"));
  state.entries.resize(2);
  state.balances["ann"] = 400;
  BOOST_TEST(finds("ann was given back 100 points too few"));
}

BOOST_FIXTURE_TEST_CASE(a_seat_that_was_taken_before_its_refund_is_found, RefundedHistory) {
  state.reservations["7"].let_go_ms = 90;
  BOOST_TEST(finds("seat 1/3 belonged to 7 and 8 at once"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
