#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "service/points/credit_user.h"
#include "store/session/errors.h"
#include "support/files.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

// One row of everything: a user who has paid twice, an active and a waiting token, a live hold.
struct OneOfEverything : OneDateOfFiftySeats {
  OneOfEverything() {
    for (SeatNumber seat = 1; seat <= 2; ++seat) {
      const TokenClaims payer = services->enter_with(user(1), 5000);
      app().payments.pay(payer, payment_of(services->hold(payer, date, {seat})));
    }
    backend().vouchers.insert("v", backend().ledger.page(user(1), std::nullopt, 9).back());
    credit_user(backend().db, settings, {user(1), 5, "k"}, {"a", "user credit", "w"});
    settings.active_limit = 1;
    services->hold(services->enter(user(2)), date, {3});
    services->enter(user(3));
    services->enter(user(4));
    concert = backend().concerts.add("Another", "A hall");
    add_hall(hall_of(2, 2, 2));
  }
  // What the database says against `sql`; empty if it takes it.
  std::string objection(const std::string& sql) {
    try {
      services->execute(sql);
      return "";
    } catch (const Duplicate& error) {
      return error.what();
    } catch (const DatabaseError& error) {
      return error.what();
    }
  }
};

const std::map<std::string, std::string>& violations() {
  static const std::string nobody = "UNHEX('FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF')";
  static const std::map<std::string, std::string> statements{
      {"user_balance_not_negative", "UPDATE user SET balance = -1"},
      {"user_entry_count_not_negative", "UPDATE user SET entry_count = -1"},
      {"ledger_entry_user", "UPDATE ledger_entry SET user_id = " + nobody + " WHERE entry_no = 3"},
      {"ledger_entry_balance_not_negative", "UPDATE ledger_entry SET balance_after = -1"},
      {"ledger_entry_sign", "UPDATE ledger_entry SET amount = -amount"},
      {"installation_is_one", "INSERT INTO installation VALUES (2, 'another')"},
      {"installation_has_id", "UPDATE installation SET installation_id = ''"},
      {"queue_name", "INSERT INTO queue (queue_id, name) VALUES (7, 'a'), (8, 'a')"},
      {"queue_active_limit_positive", "UPDATE queue SET active_limit = 0"},
      {"queue_admit_per_pass_positive", "UPDATE queue SET admit_per_pass = 0"},
      {"queue_admission_credit", "UPDATE queue SET admission_credit = -1"},
      {"queue_active_share_not_negative", "UPDATE queue SET active_share = -1"},
      {"queue_opening_whole", "UPDATE queue SET opens_at = NOW(3)"},
      {"queue_opening_order",
       "UPDATE queue SET opening_id = 1, register_from = NOW(3), register_until = NOW(3), "
       "opens_at = NOW(3) - INTERVAL 1 SECOND, waits_until = NOW(3)"},
      {"queue_drawn_of_fixed", "UPDATE queue SET drawn_at = NOW(3)"},
      {"opening_queue",
       "INSERT INTO opening (queue_id, seed, commitment, made_at) VALUES (9, REPEAT('s', 32), 'c', "
       "NOW(3))"},
      {"opening_seed",
       "INSERT INTO opening (queue_id, seed, commitment, made_at) VALUES (1, 'short', 'c', "
       "NOW(3))"},
      {"queue_counts", "UPDATE queue SET active_count = -1"},
      {"queue_line", "UPDATE queue SET admitted_seq = last_seq + 1"},
      {"queue_message_queue", "INSERT INTO queue_message VALUES (9, 'a', 'b', NULL)"},
      {"queue_message_texts", "INSERT INTO queue_message VALUES (1, 'a', '', NULL)"},
      {"queue_gap_queue", "INSERT INTO queue_gap VALUES (9, 1, 0, 1)"},
      {"queue_gap_level", "INSERT INTO queue_gap VALUES (1, 3, 0, 1)"},
      {"queue_gap_count", "INSERT INTO queue_gap VALUES (1, 1, 0, 1025)"},
      {"queue_admission_queue",
       "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) VALUES (9, NOW(3), 1)"},
      {"queue_admission_count",
       "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) VALUES (1, NOW(3), 0)"},
      {"token_one_live_per_user",
       "INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, expires_at) "
       "SELECT queue_id, user_id, 999, 'WAITING', 1, issued_at, expires_at FROM token WHERE state "
       "= 'ACTIVE'"},
      {"token_place", "UPDATE token SET seq = 77 WHERE state = 'WAITING'"},
      {"token_queue", "UPDATE token SET queue_id = 9 WHERE state = 'ACTIVE'"},
      {"token_owner", "UPDATE token SET user_id = " + nobody + " WHERE state = 'ACTIVE'"},
      {"token_end", "UPDATE token SET ended_at = NOW(3) WHERE state = 'ACTIVE'"},
      {"queue_returned_count_not_negative", "UPDATE queue SET returned_count = -1"},
      {"token_return_token", "INSERT INTO token_return VALUES (999999999, 1, 1)"},
      {"token_was_admitted", "UPDATE token SET admitted_at = NULL WHERE state = 'ACTIVE'"},
      {"records_token_owner",
       "INSERT INTO records_token (user_id, issued_at) VALUES (" + nobody + ", NOW(3))"},
      {"concert_named", "UPDATE concert SET title = ''"},
      {"concert_date_concert", "UPDATE concert_date SET concert_id = 999999999"},
      {"concert_date_start",
       "INSERT INTO concert_date (concert_id, starts_at, seat_count, created_at) SELECT "
       "concert_id, starts_at, 1, NOW(3) FROM concert_date"},
      {"concert_import_key",
       "INSERT INTO concert (title, venue, created_at, import_key) VALUES ('A', 'V', NOW(3), 'k'), "
       "('B', 'V', NOW(3), 'k')"},
      {"concert_date_cancelled", "UPDATE concert_date SET cancelled_at = NOW(3)"},
      {"concert_date_takes_place",
       "INSERT INTO concert_date (concert_id, starts_at, real_starts_at, seat_count, created_at) "
       "SELECT concert_id, '1970-01-01', starts_at, 1, NOW(3) FROM concert_date"},
      {"concert_date_import_key",
       "INSERT INTO concert_date (concert_id, starts_at, seat_count, created_at, import_key) "
       "SELECT concert_id, starts_at + INTERVAL n DAY, 1, NOW(3), 'k' FROM concert_date, "
       "(SELECT 1 AS n UNION SELECT 2) two"},
      {"reservation_user", "UPDATE reservation SET user_id = " + nobody},
      {"reservation_date", "UPDATE reservation SET concert_date_id = 999999999"},
      {"reservation_total", "UPDATE reservation SET total_price = 9007199254740992"},
      {"reservation_end", "UPDATE reservation SET ended_at = NOW(3) WHERE state = 'HELD'"},
      {"reservation_seat_reservation",
       "INSERT INTO reservation_seat (reservation_id, seat_number, price) VALUES (999999999, 1, "
       "1)"},
      {"reservation_seat_price", "UPDATE reservation_seat SET price = -1"},
      {"seat_date",
       "INSERT INTO seat (concert_date_id, seat_number, price) VALUES (999999999, 1, 1)"},
      {"seat_reservation", "UPDATE seat SET reservation_id = 999999999 WHERE state = 'HELD'"},
      {"choice_lock_date", "INSERT INTO choice_lock (concert_date_id) VALUES (999999999)"},
      {"hall_section_name", "UPDATE hall_section SET name = '101'"},
      {"hall_section_date",
       "INSERT INTO hall_section (concert_date_id, section_no, name, price, first_seat, last_seat) "
       "VALUES (999999999, 1, 'a', 1, 1, 1)"},
      {"hall_section_price", "UPDATE hall_section SET price = -1"},
      {"hall_section_seats", "UPDATE hall_section SET last_seat = first_seat - 1"},
      {"hall_section_claims", "UPDATE hall_section SET claimed_count = -1"},
      {"hall_row_name", "UPDATE hall_row SET name = 'A'"},
      {"hall_row_section", "UPDATE hall_row SET section_no = 9"},
      {"hall_row_seats", "UPDATE hall_row SET last_seat = first_seat - 1"},
      {"seat_price", "UPDATE seat SET price = -1"},
      {"seat_state_and_block", "UPDATE seat SET state = 'AVAILABLE' WHERE state = 'HELD'"},
      {"admin_action_named",
       "INSERT INTO admin_action (done_at, who, what, subject, why) VALUES (NOW(3), '', 'x', '{}', "
       "'')"},
      {"payment_entry", "UPDATE payment SET entry_no = 2"},
      {"payment_reservation", "UPDATE payment SET payment_id = 999999999 LIMIT 1"},
      {"payment_ledger_entry", "UPDATE payment SET entry_no = 999 LIMIT 1"},
      {"payment_amount", "UPDATE payment SET amount = -1"},
      {"voucher_entry", "INSERT INTO voucher SELECT 'w', user_id, amount, entry_no FROM voucher"},
      {"voucher_ledger_entry", "UPDATE voucher SET entry_no = 999"},
      {"voucher_amount", "UPDATE voucher SET amount = 0"},
      {"credit_key_entry", "INSERT INTO credit_key SELECT 'l', user_id, entry_no FROM credit_key"},
      {"credit_key_ledger_entry", "UPDATE credit_key SET entry_no = 999"},
      {"idempotency_key_user", "INSERT INTO idempotency_key VALUES (" + nobody +
                                   ", 'CHARGE', 'k', REPEAT('f', 32), 200, '', NOW(3), NULL)"},
  };
  return statements;
}

// The names of all constraints and unique keys that the migrations make and leave.
std::set<std::string> declared() {
  std::string sql;
  for (const auto& file : std::filesystem::directory_iterator(CONCERT_SOURCE_DIR "/sql/migrations"))
    sql += text_of(file.path());
  const std::regex pattern("(DROP KEY |DROP CONSTRAINT |CONSTRAINT |UNIQUE KEY )([a-z_]+)");
  std::set<std::string> names;
  std::set<std::string> dropped;
  for (std::sregex_iterator found(sql.begin(), sql.end(), pattern), end; found != end; ++found) {
    const bool is_dropped = (*found)[1].str().rfind("DROP", 0) == 0;
    (is_dropped ? dropped : names).insert((*found)[2]);
  }
  for (const std::string& name : dropped) names.erase(name);
  return names;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(constraints_test, OneOfEverything)

BOOST_AUTO_TEST_CASE(the_database_itself_refuses_what_breaks_a_rule) {
  for (const auto& [name, sql] : violations()) {
    // MySQL 9.7 does not look for the parent where a table has a unique key over the column and a
    // virtual one. No statement of the program deletes a queue.
    if (tests_mysql() && name == "token_queue") continue;
    BOOST_TEST(objection(sql).find(name) != std::string::npos, name << ": " << objection(sql));
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(every_constraint_of_the_schema_is_among_them) {
  const auto names = declared();
  BOOST_TEST(names.size() > 30U);
  for (const std::string& name : names) BOOST_TEST(violations().count(name) == 1U, name);
}

BOOST_AUTO_TEST_CASE(every_other_edge_of_a_rule_is_refused_too) {
  for (const char* sql : {"UPDATE concert SET venue = ''",
                          "UPDATE reservation SET total_price = -1",
                          "UPDATE reservation SET ended_at = NULL WHERE state = 'PAID'",
                          "UPDATE seat SET price = 9007199254740992",
                          "UPDATE hall_section SET price = 9007199254740992",
                          "UPDATE hall_section SET first_seat = 0",
                          "UPDATE hall_row SET first_label = -1",
                          "DELETE FROM hall_section",
                          "UPDATE seat SET held_until = NOW(3) WHERE state = 'SOLD'",
                          "UPDATE seat SET state = 'SOLD', held_until = NULL, "
                          "reservation_id = NULL WHERE state = 'HELD'",
                          "UPDATE seat SET blocked_at = NOW(3) WHERE state = 'AVAILABLE'",
                          "UPDATE seat SET blocked_at = NOW(3) WHERE state = 'HELD'",
                          "UPDATE seat SET blocked_at = NOW(3) WHERE reservation_id IS NOT NULL",
                          "UPDATE seat SET held_until = NULL WHERE state = 'HELD'",
                          "UPDATE seat SET held_until = NOW(3) WHERE state = 'AVAILABLE'",
                          "UPDATE token SET ended_at = NULL WHERE state = 'USED'",
                          "UPDATE token SET admitted_at = NULL WHERE state = 'USED'",
                          "UPDATE token SET state = 'NONE'",
                          "UPDATE queue SET waiting_count = -1",
                          "UPDATE queue SET waiting_count = last_seq - admitted_seq + 1",
                          "INSERT INTO queue_gap VALUES (1, 2, 0, 1048577)",
                          "INSERT INTO queue_gap VALUES (1, 1, 0, -1)",
                          "UPDATE ledger_entry SET kind = 'GIFT'",
                          "INSERT INTO queue (queue_id) VALUES (1)",
                          "INSERT INTO seat (concert_date_id, seat_number, price) SELECT "
                          "concert_date_id, 1, 1 FROM concert_date",
                          "INSERT INTO payment SELECT MIN(payment_id), user_id, (SELECT "
                          "MAX(token_id) FROM token), 1, 1, NOW(3) FROM payment GROUP BY user_id",
                          "DELETE FROM user",
                          "DELETE FROM reservation",
                          "DELETE FROM concert",
                          "DELETE FROM ledger_entry WHERE kind = 'PAYMENT'"}) {
    BOOST_TEST(!objection(sql).empty(), sql);
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(no_row_is_there_twice) {
  services->execute("INSERT INTO queue_gap VALUES (1, 1, 0, 1)");
  services->execute(
      "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) VALUES (1, NOW(3), 1)");
  services->execute(
      "INSERT INTO admin_action (done_at, who, what, subject, why) VALUES (NOW(3), 'a', 'b', '{}', "
      "'')");
  services->execute(
      "INSERT INTO idempotency_key SELECT user_id, 'CHARGE', 'k', REPEAT('f', 32), 200, '', "
      "NOW(3), "
      "NULL FROM user LIMIT 1");
  for (const std::string table :
       {"user", "ledger_entry", "queue", "queue_gap", "queue_admission", "concert", "reservation",
        "reservation_seat", "seat", "hall_section", "hall_row", "payment", "voucher", "credit_key",
        "idempotency_key", "admin_action"}) {
    const std::string said = objection("INSERT INTO " + table + " SELECT * FROM " + table);
    BOOST_TEST(said.find("PRIMARY") != std::string::npos, table << ": " << said);
  }
}

BOOST_AUTO_TEST_CASE(text_of_any_script_is_kept) {
  const std::string title = "\xE3\x81\x82 \xF0\x9F\x8E\xB5 \xD9\x85";
  const ConcertId id = backend().concerts.add(title, "caf\xC3\xA9");
  BOOST_TEST(backend().concerts.page(kMainQueue, ConcertId{id.value - 1}, 1).at(0).title == title);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
