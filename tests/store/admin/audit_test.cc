#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "service/points/credit_user.h"
#include "store/admin/audit_store.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

// Good data of every kind: a paid, a held, a released and an expired reservation; users active,
// waiting and gone. Then each case breaks one thing behind the program's back.
struct GoodData : OneDateToSpoil {
  GoodData() {
    const TokenClaims payer = services->enter_with(user(1), 5000);
    paid = services->hold(payer, date, {1, 2});
    app().payments.pay(payer, payment_of(paid));
    inside = services->enter_with(user(2), 700);
    held = services->hold(inside, date, {3});
    app().reservations.release(inside, services->hold(inside, date, {4}));
    const ReservationId lapsing = services->hold(inside, date, {5});
    execute("UPDATE reservation SET held_until = NOW(3) - INTERVAL 1 DAY WHERE reservation_id = " +
            std::to_string(lapsing.value));
    execute(
        "UPDATE seat s JOIN reservation r ON r.reservation_id = s.reservation_id SET s.held_until "
        "= r.held_until "
        "WHERE s.seat_number = 5");
    services->maintain.run();
    settings.active_limit = 1;
    services->enter(user(3));
    services->enter(user(4));
    BOOST_REQUIRE(services->breaches() == "");
    // From here on the database accepts everything.
    backend().db.run_text("SET SESSION foreign_key_checks = 0, unique_checks = 0");
    if (!tests_mysql()) {
      backend().db.run_text("SET SESSION check_constraint_checks = 0");
    } else {
      drop_checks();
    }
  }
  // MySQL cannot leave them out for a session.
  void drop_checks() {
    auto rows = backend().db.query(
        "SELECT table_name, constraint_name FROM information_schema.table_constraints WHERE "
        "table_schema = DATABASE() AND constraint_type = 'CHECK'");
    std::vector<std::string> statements;
    while (rows.next())
      statements.push_back("ALTER TABLE " + rows.text(1) + " DROP CHECK " + rows.text(2));
    for (const std::string& sql : statements) backend().db.run_text(sql);
  }
  void execute(const std::string& sql) { services->execute(sql); }
  bool names(const std::string& invariant) {
    const std::string found = services->breaches();
    BOOST_TEST_MESSAGE("found: " << found);
    return (" " + found + " ").find(" " + invariant + " ") != std::string::npos;
  }
  std::vector<std::string> ids_of(const std::string& invariant) {
    for (const Breach& breach : services->audit()) {
      if (breach.invariant == invariant) return breach.ids;
    }
    return {};
  }

  ReservationId paid;
  ReservationId held;
  TokenClaims inside;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit_test, GoodData)

BOOST_AUTO_TEST_CASE(a_breach_names_its_ids_and_says_what_is_wrong) {
  execute(
      "UPDATE user SET balance = balance + 1 WHERE user_id = "
      "UNHEX('00000002000040008000000000000002')");
  for (const Breach& breach : services->audit()) {
    BOOST_TEST(breach.ids == std::vector<std::string>{"00000002-0000-4000-8000-000000000002"},
               boost::test_tools::per_element());
    BOOST_TEST(!breach.detail.empty());
  }
  BOOST_TEST(services->breaches() == "balance_is_the_sum_of_its_ledger points_are_conserved");
}

BOOST_AUTO_TEST_CASE(a_sold_seat_whose_reservation_is_not_paid_is_named) {
  execute("UPDATE seat SET state = 'SOLD', held_until = NULL WHERE seat_number = 3");
  BOOST_TEST(names("sold_seat_is_paid"));
  BOOST_TEST(
      ids_of("sold_seat_is_paid") == std::vector<std::string>{std::to_string(date.value) + ":3"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sold_seat_that_its_reservation_is_not_for_is_named) {
  execute("UPDATE seat SET state = 'SOLD', reservation_id = " + std::to_string(paid.value) +
          " WHERE seat_number = 9");
  BOOST_TEST(names("sold_seat_is_paid"));
}

BOOST_AUTO_TEST_CASE(a_held_seat_without_its_hold_is_named) {
  execute("UPDATE seat SET held_until = held_until + INTERVAL 1 SECOND WHERE seat_number = 3");
  BOOST_TEST(names("held_seat_has_its_hold"));
}

BOOST_AUTO_TEST_CASE(a_date_that_lacks_a_seat_is_named) {
  execute("DELETE FROM seat WHERE seat_number = 50");
  BOOST_TEST(names("date_has_its_seats"));
}

BOOST_AUTO_TEST_CASE(a_date_whose_seats_have_other_numbers_is_named) {
  execute("UPDATE seat SET seat_number = 51 WHERE seat_number = 50");
  BOOST_TEST(names("date_has_its_seats"));
  execute("UPDATE seat SET seat_number = 0 WHERE seat_number = 51");
  BOOST_TEST(names("date_has_its_seats"));
}

BOOST_AUTO_TEST_CASE(a_section_that_counts_other_claims_is_named) {
  const DateId hall = add_hall(hall_of(2, 2, 3));
  const std::string first = std::to_string(hall.value) + ":1";
  services->hold(services->enter(user(2)), hall, {1, 7});
  BOOST_TEST(services->breaches() == "");
  for (const char* sql :
       {"UPDATE hall_section SET claimed_count = claimed_count + 1 WHERE section_no = 1",
        "UPDATE hall_section SET claimed_count = claimed_count - 2 WHERE section_no = 1"}) {
    execute(sql);
    BOOST_TEST(ids_of("section_counts_its_claims") == std::vector<std::string>{first},
               boost::test_tools::per_element());
  }
  execute("UPDATE hall_section SET claimed_count = 1");
  BOOST_TEST(services->breaches() == "");
  execute(
      "UPDATE seat SET state = 'SOLD', blocked_at = NOW(3) WHERE seat_number = 2 AND row_no = 1");
  BOOST_TEST(services->breaches() == "section_counts_its_claims");
}

BOOST_AUTO_TEST_CASE(a_seat_that_is_not_of_its_section_is_named) {
  const DateId hall = add_hall(hall_of(2, 2, 3));
  BOOST_TEST(services->breaches() == "");
  for (const char* sql : {"UPDATE seat SET row_no = 2 WHERE row_no IS NOT NULL AND seat_number = 7",
                          "UPDATE seat SET row_no = NULL WHERE row_no = 2 AND seat_number = 7",
                          "UPDATE seat SET row_no = 3, price = 5 WHERE row_no IS NULL AND "
                          "seat_number = 7 AND concert_date_id = (SELECT MAX(concert_date_id) FROM "
                          "concert_date)"}) {
    execute(sql);
    BOOST_TEST(ids_of("seat_is_of_its_section") ==
                   std::vector<std::string>{std::to_string(hall.value) + ":7"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_paid_reservation_without_a_payment_is_named) {
  execute("DELETE FROM payment");
  BOOST_TEST(names("paid_reservation_has_its_payment"));
  BOOST_TEST(names("points_are_conserved"));
}

BOOST_AUTO_TEST_CASE(a_seat_that_was_refunded_without_its_points_or_its_seat_is_named) {
  execute(
      "UPDATE reservation_seat SET refunded_at = NOW(3) WHERE seat_number = 1 AND reservation_id "
      "= " +
      std::to_string(paid.value));
  for (const char* name :
       {"sold_seat_is_paid", "total_is_the_sum_of_its_seats", "points_are_conserved"})
    BOOST_TEST(names(name), name);
}

BOOST_AUTO_TEST_CASE(a_refunded_seat_of_a_hold_is_named) {
  execute("UPDATE reservation_seat SET refunded_at = NOW(3) WHERE reservation_id = " +
          std::to_string(held.value));
  BOOST_TEST(names("refunded_seat_was_paid"));
}

BOOST_AUTO_TEST_CASE(a_date_that_was_cancelled_to_the_end_and_is_paid_or_held_still_is_named) {
  const std::string ended =
      "UPDATE concert_date SET stopped_at = NOW(3), cancelled_at = NOW(3), refunds_ended_at = ";
  execute(ended + "NULL");
  BOOST_TEST(!names("cancelled_date_is_over"));
  execute(ended + "NOW(3)");
  const std::vector<std::string> both{std::to_string(paid.value), std::to_string(held.value)};
  BOOST_TEST(ids_of("cancelled_date_is_over") == both, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_reservation_both_paid_and_released_or_expired_is_named) {
  for (const char* state : {"RELEASED", "EXPIRED"}) {
    execute(std::string("UPDATE reservation SET state = '") + state +
            "' WHERE reservation_id = " + std::to_string(paid.value));
    BOOST_TEST(names("paid_reservation_has_its_payment"), state);
  }
}

BOOST_AUTO_TEST_CASE(a_paid_reservation_whose_seat_is_another_users_is_named) {
  execute("UPDATE seat SET reservation_id = " + std::to_string(held.value) +
          " WHERE seat_number = 2");
  BOOST_TEST(names("paid_reservation_owns_its_seats"));
  BOOST_TEST(names("sold_seat_is_paid"));
}

BOOST_AUTO_TEST_CASE(a_live_hold_that_lost_its_seat_is_named) {
  execute(
      "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL WHERE "
      "seat_number = 3");
  BOOST_TEST(names("live_hold_holds_its_seats"));
}

BOOST_AUTO_TEST_CASE(an_ended_reservation_that_still_has_seats_is_named) {
  execute("UPDATE reservation SET state = 'RELEASED', ended_at = NOW(3) WHERE reservation_id = " +
          std::to_string(held.value));
  BOOST_TEST(names("ended_reservation_has_no_seats"));
}

BOOST_AUTO_TEST_CASE(a_total_that_is_not_the_sum_of_its_seats_is_named) {
  execute("UPDATE reservation SET total_price = total_price - 1 WHERE reservation_id = " +
          std::to_string(held.value));
  BOOST_TEST(names("total_is_the_sum_of_its_seats"));
}

BOOST_AUTO_TEST_CASE(a_count_that_is_not_that_of_its_seats_is_named) {
  execute("DELETE FROM reservation_seat WHERE reservation_id = " + std::to_string(held.value));
  BOOST_TEST(names("total_is_the_sum_of_its_seats"));
}

BOOST_AUTO_TEST_CASE(a_payment_that_is_not_the_total_or_of_another_payer_is_named) {
  execute("UPDATE payment SET amount = amount - 1");
  BOOST_TEST(names("payment_is_the_total"));
  execute(
      "UPDATE payment SET amount = amount + 1, user_id = "
      "UNHEX('00000002000040008000000000000002')");
  BOOST_TEST(names("payment_is_the_total"));
}

BOOST_AUTO_TEST_CASE(a_payment_whose_entry_is_another_is_named) {
  execute("UPDATE payment SET entry_no = 1");
  BOOST_TEST(names("payment_has_its_entry"));
}

BOOST_AUTO_TEST_CASE(a_payment_whose_token_is_still_active_is_named) {
  execute("UPDATE payment SET token_id = " + std::to_string(inside.id.value));
  BOOST_TEST(names("paying_token_is_used_up"));
}

BOOST_AUTO_TEST_CASE(payments_of_one_token_that_were_not_made_together_are_named) {
  services->charge(inside, 5000);
  const ReservationId second = services->hold(inside, date, {6});
  app().payments.pay_all(inside, {payment_of(held), payment_of(second)});
  BOOST_TEST(services->breaches() == "");
  const std::string first_id = std::to_string(held.value);
  const std::string second_id = std::to_string(second.value);
  execute("UPDATE payment SET paid_at = paid_at + INTERVAL 1000 MICROSECOND WHERE payment_id = " +
          second_id);
  std::vector<std::string> named = ids_of("token_pays_once");
  std::sort(named.begin(), named.end());
  BOOST_TEST(named == (std::vector<std::string>{first_id, second_id}),
             boost::test_tools::per_element());
  execute("UPDATE payment SET paid_at = paid_at - INTERVAL 1000 MICROSECOND WHERE payment_id = " +
          second_id);
  BOOST_TEST(services->breaches() == "");
  // The two exchange their entries, which are of one amount.
  execute("UPDATE payment SET entry_no = entry_no + 100 WHERE payment_id = " + first_id);
  execute("UPDATE payment SET entry_no = entry_no - 1 WHERE payment_id = " + second_id);
  execute("UPDATE payment SET entry_no = entry_no - 99 WHERE payment_id = " + first_id);
  BOOST_TEST(services->breaches() == "token_pays_once");
}

BOOST_AUTO_TEST_CASE(a_negative_balance_is_named) {
  execute("UPDATE user SET balance = -1 WHERE balance = 0");
  BOOST_TEST(names("balance_is_the_sum_of_its_ledger"));
}

BOOST_AUTO_TEST_CASE(an_entry_count_that_is_not_that_of_the_ledger_is_named) {
  execute("UPDATE user SET entry_count = entry_count + 1 WHERE balance = 700");
  BOOST_TEST(services->breaches() == "balance_is_the_sum_of_its_ledger");
}

BOOST_AUTO_TEST_CASE(a_ledger_entry_that_does_not_follow_from_the_one_before_is_named) {
  execute("UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE kind = 'PAYMENT'");
  BOOST_TEST(services->breaches() == "ledger_entries_follow");
  BOOST_TEST(ids_of("ledger_entries_follow") ==
                 std::vector<std::string>{"00000001-0000-4000-8000-000000000001:2"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gap_in_a_ledger_is_named) {
  execute("UPDATE ledger_entry SET entry_no = entry_no + 5 WHERE kind = 'CHARGE'");
  BOOST_TEST(names("ledger_entries_follow"));
}

BOOST_AUTO_TEST_CASE(points_that_came_from_nowhere_are_named) {
  execute("UPDATE user SET balance = balance + 5, entry_count = 2 WHERE balance = 700");
  execute(
      "INSERT INTO ledger_entry SELECT user_id, 2, 'REFUND', 5, 705, NOW(3), 0 FROM ledger_entry "
      "WHERE balance_after = 700");
  BOOST_TEST(services->breaches() == "points_are_conserved");
}

BOOST_AUTO_TEST_CASE(a_voucher_without_its_charge_is_named) {
  backend().vouchers.insert("v 1", backend().ledger.page(user(2), std::nullopt, 1).front());
  BOOST_TEST(services->breaches() == "");
  for (const char* sql :
       {"UPDATE voucher SET amount = amount + 1", "UPDATE voucher SET entry_no = 9",
        "UPDATE ledger_entry SET is_credit = 1 - is_credit WHERE amount = 700",
        "UPDATE voucher SET user_id = REPEAT('x', 16)"}) {
    execute(sql);
    BOOST_TEST(services->breaches() == "voucher_has_its_entry", sql);
    BOOST_TEST(ids_of("voucher_has_its_entry") == std::vector<std::string>{"v 1"},
               boost::test_tools::per_element());
    execute("UPDATE ledger_entry SET is_credit = 0");
    execute("DELETE FROM voucher");
    backend().vouchers.insert("v 1", backend().ledger.page(user(2), std::nullopt, 1).front());
  }
}

BOOST_AUTO_TEST_CASE(the_key_of_a_credit_without_its_entry_is_named) {
  credit_user(backend().db, settings, {user(2), 5, "k 1"}, {"a", "user credit", "w"});
  BOOST_TEST(services->breaches() == "");
  for (const char* sql :
       {"UPDATE credit_key SET entry_no = 1", "UPDATE credit_key SET entry_no = 9",
        "UPDATE credit_key SET user_id = REPEAT('x', 16)"}) {
    execute(sql);
    BOOST_TEST(services->breaches() == "credit_key_has_its_entry", sql);
    BOOST_TEST(ids_of("credit_key_has_its_entry") == std::vector<std::string>{"k 1"},
               boost::test_tools::per_element());
    execute(
        "UPDATE credit_key SET entry_no = 2, user_id = (SELECT MAX(user_id) FROM ledger_entry "
        "WHERE "
        "is_credit = 1)");
  }
  execute("UPDATE ledger_entry SET is_credit = 0");
  BOOST_TEST(services->breaches() == "credit_key_has_its_entry");
}

// Points of every source are conserved: a charge, a voucher and a credit.
BOOST_AUTO_TEST_CASE(a_credit_that_no_balance_shows_is_named) {
  credit_user(backend().db, settings, {user(2), 5, {}}, {"a", "user credit", "w"});
  execute("UPDATE user SET balance = balance - 5 WHERE balance = 705");
  BOOST_TEST(names("points_are_conserved"));
}

BOOST_AUTO_TEST_CASE(two_live_tokens_of_a_user_are_named) {
  backend().db.run_text("ALTER TABLE token DROP KEY token_one_live_per_user");
  execute(
      "INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, admitted_at, "
      "expires_at) "
      "SELECT queue_id, user_id, NULL, 'ACTIVE', 0, issued_at, NOW(3), expires_at FROM token WHERE "
      "state = 'WAITING' LIMIT 1");
  BOOST_TEST(names("one_live_token_per_user"));
  BOOST_TEST(names("queue_counts_its_tokens"));
}

BOOST_AUTO_TEST_CASE(counts_that_are_not_those_of_the_tokens_are_named) {
  execute("UPDATE queue SET active_count = active_count + 1");
  BOOST_TEST(services->breaches() == "queue_counts_its_tokens");
  execute("UPDATE queue SET active_count = active_count - 1, waiting_count = waiting_count - 1");
  BOOST_TEST(services->breaches() == "queue_counts_its_tokens");
}

BOOST_AUTO_TEST_CASE(a_token_waiting_at_an_admitted_place_is_named) {
  execute("UPDATE queue SET admitted_seq = last_seq");
  BOOST_TEST(services->breaches() == "admission_is_in_order");
}

BOOST_AUTO_TEST_CASE(more_active_tokens_than_the_limit_are_named) {
  execute("UPDATE token SET state = 'ACTIVE', admitted_at = NOW(3) WHERE state = 'WAITING'");
  execute("UPDATE queue SET active_count = 3, waiting_count = 0, limit_lowered_at = NULL");
  BOOST_TEST(services->breaches() == "active_within_limit");
}

BOOST_AUTO_TEST_CASE(a_limit_lowered_below_the_active_users_is_no_breach_but_later_admissions_are) {
  settings.active_limit = 1000;
  services->maintain.run();
  backend().queues.set_limits(kMainQueue, {1, std::nullopt}, settings.active_limit);
  BOOST_TEST(services->breaches() == "");
  execute("UPDATE token SET admitted_at = NOW(3) + INTERVAL 1 SECOND WHERE state = 'ACTIVE'");
  BOOST_TEST(services->breaches() == "active_within_limit");
}

BOOST_AUTO_TEST_CASE(a_configured_limit_lowered_below_the_active_users_is_no_breach_after_a_pass) {
  settings.active_limit = 1000;
  services->maintain.run();
  settings.active_limit = 1;
  services->enter(user(9));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_first_user_of_all_is_looked_at_too) {
  execute(
      "INSERT INTO user (user_id, balance, created_at) VALUES (REPEAT(CHAR(0), 16), 5, NOW(3))");
  BOOST_TEST(names("balance_is_the_sum_of_its_ledger"));
}

BOOST_AUTO_TEST_CASE(breaches_on_every_page_of_a_long_table_are_found) {
  execute(
      "INSERT INTO user (user_id, balance, created_at) SELECT UNHEX(LPAD(HEX(seq), 32, '0')), 5, "
      "NOW(3) FROM " +
      numbers(1, 5000));
  BOOST_TEST(ids_of("balance_is_the_sum_of_its_ledger").size() == 5000U);
}

BOOST_AUTO_TEST_CASE(an_audit_sees_one_instant_while_others_write) {
  Services other(settings);
  other.charge(inside, 5000);
  bool done = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (done || sql.find("FROM payment") == std::string_view::npos) return;
    done = true;
    other.app.payments.pay(inside, payment_of(held));
  });
  BOOST_TEST(services->breaches() == "");
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(more_seats_than_the_limit_at_the_newest_hold_are_found) {
  settings.seat_limit = 3;
  const ReservationId more = services->hold(inside, date, {6, 7});
  BOOST_TEST(!names("seats_within_limit"));
  execute("UPDATE reservation SET seat_limit = 2 WHERE reservation_id = " +
          std::to_string(more.value));
  BOOST_TEST(ids_of("seats_within_limit") ==
                 std::vector<std::string>{"00000002-0000-4000-8000-000000000002:" +
                                          std::to_string(date.value)},
             boost::test_tools::per_element());
  // A hold of a concertd of the previous release carries no limit.
  execute("UPDATE reservation SET seat_limit = NULL");
  BOOST_TEST(!names("seats_within_limit"));
}

BOOST_AUTO_TEST_CASE(a_limit_of_seats_that_was_changed_since_is_no_breach) {
  settings.seat_limit = 4;
  const ReservationId more = services->hold(inside, date, {6, 7});
  settings.seat_limit = 1;
  BOOST_TEST(services->breaches() == "");
  app().reservations.release(inside, more);
  BOOST_TEST(services->breaches() == "");
  settings.seat_limit = 6;
  services->hold(inside, date, {8, 9, 10, 11, 12});
  settings.seat_limit = 2;
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
