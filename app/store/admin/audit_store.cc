#include "store/admin/audit_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "domain/check.h"
#include "store/admin/queue_audit.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

constexpr std::int64_t kPage = 2000;
constexpr std::int64_t kDatesPerPage = 20;  // a date may have 60,000 seats

// Walks one table: `pages` gives the last key of the page after a key, `rows` the ids at fault
// within a page.
struct Question {
  const char* invariant;
  const char* detail;
  const char* pages;
  const char* rows;
};

constexpr char kReservationPages[] = R"sql(
      SELECT MAX(p.k) FROM (SELECT reservation_id AS k FROM reservation WHERE reservation_id > ?
                            ORDER BY reservation_id LIMIT ?) p)sql";
constexpr char kDatePages[] = R"sql(
      SELECT MAX(p.k) FROM (SELECT concert_date_id AS k FROM concert_date WHERE concert_date_id > ?
                            ORDER BY concert_date_id LIMIT ?) p)sql";
constexpr char kUserPages[] = R"sql(
      SELECT HEX(MAX(p.k)) FROM (SELECT user_id AS k FROM user WHERE user_id > UNHEX(?)
                                 ORDER BY user_id LIMIT ?) p)sql";
constexpr char kPaymentPages[] = R"sql(
      SELECT MAX(p.k) FROM (SELECT payment_id AS k FROM payment WHERE payment_id > ?
                            ORDER BY payment_id LIMIT ?) p)sql";

constexpr char kVoucherPages[] = R"sql(
      SELECT HEX(MAX(p.k)) FROM (SELECT jti AS k FROM voucher WHERE jti > UNHEX(?)
                                 ORDER BY jti LIMIT ?) p)sql";
constexpr char kCreditKeyPages[] = R"sql(
      SELECT HEX(MAX(p.k)) FROM (SELECT key_text AS k FROM credit_key WHERE key_text > UNHEX(?)
                                 ORDER BY key_text LIMIT ?) p)sql";

constexpr std::array kQuestions{
    Question{"sold_seat_is_paid", "date:seat is SOLD but its reservation is not PAID for that seat",
             kDatePages,
             R"sql(
      SELECT CONCAT(s.concert_date_id, ':', s.seat_number) FROM seat s
        LEFT JOIN reservation r ON r.reservation_id = s.reservation_id AND r.concert_date_id = s.concert_date_id
          AND r.state = 'PAID'
        LEFT JOIN reservation_seat n ON n.reservation_id = s.reservation_id AND n.seat_number = s.seat_number
          AND n.refunded_at IS NULL
      WHERE s.concert_date_id > ? AND s.concert_date_id <= ? AND s.state = 'SOLD' AND s.blocked_at IS NULL
        AND (r.reservation_id IS NULL OR n.reservation_id IS NULL))sql"},
    Question{"blocked_seat_is_nobodys", "date:seat is blocked but is not SOLD to nobody",
             kDatePages,
             R"sql(
      SELECT CONCAT(s.concert_date_id, ':', s.seat_number) FROM seat s
      WHERE s.concert_date_id > ? AND s.concert_date_id <= ? AND s.blocked_at IS NOT NULL
        AND (s.state <> 'SOLD' OR s.reservation_id IS NOT NULL))sql"},
    Question{"held_seat_has_its_hold",
             "date:seat is HELD but its reservation holds no such seat until then", kDatePages,
             R"sql(
      SELECT CONCAT(s.concert_date_id, ':', s.seat_number) FROM seat s
        LEFT JOIN reservation r ON r.reservation_id = s.reservation_id AND r.concert_date_id = s.concert_date_id
          AND r.state = 'HELD' AND r.held_until = s.held_until
        LEFT JOIN reservation_seat n ON n.reservation_id = s.reservation_id AND n.seat_number = s.seat_number
      WHERE s.concert_date_id > ? AND s.concert_date_id <= ? AND s.state = 'HELD'
        AND (r.reservation_id IS NULL OR n.reservation_id IS NULL))sql"},
    Question{"date_has_its_seats", "the date's seats are not those from 1 to their number",
             kDatePages,
             R"sql(
      SELECT d.concert_date_id FROM concert_date d
      WHERE d.concert_date_id > ? AND d.concert_date_id <= ?
        AND (d.seat_count NOT BETWEEN 1 AND 60000
             OR d.seat_count <> (SELECT COUNT(*) FROM seat s WHERE s.concert_date_id = d.concert_date_id)
             OR d.seat_count <> (SELECT MAX(s.seat_number) FROM seat s WHERE s.concert_date_id = d.concert_date_id)
             OR 1 <> (SELECT MIN(s.seat_number) FROM seat s WHERE s.concert_date_id = d.concert_date_id)))sql"},
    Question{"seat_is_of_its_section",
             "date:seat has a layout and is not of the section that its row and price say",
             kDatePages,
             R"sql(
      SELECT CONCAT(s.concert_date_id, ':', s.seat_number) FROM seat s
        LEFT JOIN hall_row w ON w.concert_date_id = s.concert_date_id AND w.row_no = s.row_no
          AND s.seat_number BETWEEN w.first_seat AND w.last_seat
        LEFT JOIN hall_section h ON h.concert_date_id = w.concert_date_id AND h.section_no = w.section_no
          AND h.price = s.price AND s.seat_number BETWEEN h.first_seat AND h.last_seat
      WHERE s.concert_date_id > ? AND s.concert_date_id <= ? AND h.section_no IS NULL
        AND (s.row_no IS NOT NULL
             OR EXISTS (SELECT 1 FROM hall_section a WHERE a.concert_date_id = s.concert_date_id)))sql"},
    Question{"section_counts_its_claims",
             "date:section does not count what of its seats is held, paid or blocked", kDatePages,
             R"sql(
      SELECT CONCAT(h.concert_date_id, ':', h.section_no)
      FROM hall_section h
        LEFT JOIN (
          SELECT c.concert_date_id, c.section_no, SUM(c.seats) AS seats
          FROM (SELECT r.concert_date_id, w.section_no, COUNT(*) AS seats
                FROM reservation r
                  STRAIGHT_JOIN reservation_seat n ON n.reservation_id = r.reservation_id AND n.refunded_at IS NULL
                  STRAIGHT_JOIN seat s ON s.concert_date_id = r.concert_date_id AND s.seat_number = n.seat_number
                  STRAIGHT_JOIN hall_row w ON w.concert_date_id = s.concert_date_id AND w.row_no = s.row_no
                WHERE r.concert_date_id > ? AND r.concert_date_id <= ? AND r.state IN ('HELD', 'PAID')
                GROUP BY r.concert_date_id, w.section_no
                UNION ALL
                SELECT s.concert_date_id, w.section_no, COUNT(*)
                FROM seat s
                  STRAIGHT_JOIN hall_row w ON w.concert_date_id = s.concert_date_id AND w.row_no = s.row_no
                WHERE s.concert_date_id > ? AND s.concert_date_id <= ? AND s.blocked_at IS NOT NULL
                GROUP BY s.concert_date_id, w.section_no) c
          GROUP BY c.concert_date_id, c.section_no) k
          ON k.concert_date_id = h.concert_date_id AND k.section_no = h.section_no
      WHERE h.concert_date_id > ? AND h.concert_date_id <= ? AND h.claimed_count <> COALESCE(k.seats, 0))sql"},
    Question{
        "paid_reservation_has_its_payment",
        "the reservation is PAID without a payment, or has a payment and is not PAID or REFUNDED",
        kReservationPages,
        R"sql(
      SELECT r.reservation_id FROM reservation r LEFT JOIN payment p ON p.payment_id = r.reservation_id
      WHERE r.reservation_id > ? AND r.reservation_id <= ?
        AND (r.state IN ('PAID', 'REFUNDED')) <> (p.payment_id IS NOT NULL))sql"},
    Question{"paid_reservation_owns_its_seats",
             "the reservation is PAID but not every seat of it is SOLD to it", kReservationPages,
             R"sql(
      SELECT r.reservation_id FROM reservation r
      WHERE r.reservation_id > ? AND r.reservation_id <= ? AND r.state = 'PAID' AND r.seat_count <>
        (SELECT COUNT(*) FROM seat s WHERE s.reservation_id = r.reservation_id AND s.state = 'SOLD'))sql"},
    Question{"live_hold_holds_its_seats", "the hold is live but not every seat of it is HELD by it",
             kReservationPages,
             R"sql(
      SELECT r.reservation_id FROM reservation r
      WHERE r.reservation_id > ? AND r.reservation_id <= ? AND r.state = 'HELD' AND r.held_until > NOW(3)
        AND r.seat_count <>
        (SELECT COUNT(*) FROM seat s WHERE s.reservation_id = r.reservation_id AND s.state = 'HELD'))sql"},
    Question{"ended_reservation_has_no_seats", "the reservation has ended but still has seats",
             kReservationPages,
             R"sql(
      SELECT r.reservation_id FROM reservation r
      WHERE r.reservation_id > ? AND r.reservation_id <= ? AND r.state IN ('EXPIRED', 'RELEASED', 'REFUNDED')
        AND EXISTS (SELECT 1 FROM seat s WHERE s.reservation_id = r.reservation_id))sql"},
    Question{"total_is_the_sum_of_its_seats",
             "the reservation's total or count is not that of its seats", kReservationPages,
             R"sql(
      SELECT r.reservation_id FROM reservation r
      WHERE r.reservation_id > ? AND r.reservation_id <= ?
        AND (r.total_price <> (SELECT COALESCE(SUM(n.price), 0) FROM reservation_seat n
                               WHERE n.reservation_id = r.reservation_id)
             OR r.seat_count <> (SELECT COUNT(*) FROM reservation_seat n
                                 WHERE n.reservation_id = r.reservation_id AND n.refunded_at IS NULL)))sql"},
    Question{"refunded_seat_was_paid",
             "a seat of the reservation was refunded, but it was not paid", kReservationPages,
             R"sql(
      SELECT r.reservation_id FROM reservation r
      WHERE r.reservation_id > ? AND r.reservation_id <= ? AND r.state NOT IN ('PAID', 'REFUNDED')
        AND EXISTS (SELECT 1 FROM reservation_seat n
                    WHERE n.reservation_id = r.reservation_id AND n.refunded_at IS NOT NULL))sql"},
    Question{"cancelled_date_is_over",
             "the reservation is paid or a live hold, but its date was cancelled to the end",
             kReservationPages,
             R"sql(
      SELECT r.reservation_id FROM reservation r STRAIGHT_JOIN concert_date d ON d.concert_date_id = r.concert_date_id
      WHERE r.reservation_id > ? AND r.reservation_id <= ? AND d.refunds_ended_at IS NOT NULL
        AND (r.state = 'PAID' OR (r.state = 'HELD' AND r.held_until > NOW(3))))sql"},
    Question{"payment_is_the_total",
             "the payment's amount is not its reservation's total, or the payer is another user",
             kPaymentPages,
             R"sql(
      SELECT p.payment_id FROM payment p JOIN reservation r ON r.reservation_id = p.payment_id
      WHERE p.payment_id > ? AND p.payment_id <= ?
        AND (p.amount <> r.total_price OR p.user_id <> r.user_id))sql"},
    Question{"payment_has_its_entry", "the payment's ledger entry is not a PAYMENT of its amount",
             kPaymentPages,
             R"sql(
      SELECT p.payment_id FROM payment p
        LEFT JOIN ledger_entry l ON l.user_id = p.user_id AND l.entry_no = p.entry_no AND l.kind = 'PAYMENT'
          AND l.amount = -p.amount
      WHERE p.payment_id > ? AND p.payment_id <= ? AND l.user_id IS NULL)sql"},
    Question{"paying_token_is_used_up", "the payment's token is not used up", kPaymentPages,
             R"sql(
      SELECT p.payment_id FROM payment p JOIN token t ON t.token_id = p.token_id
      WHERE p.payment_id > ? AND p.payment_id <= ? AND t.state <> 'USED')sql"},
    Question{
        "token_pays_once",
        "the payment's token has paid at another moment or for another user, or its entries are "
        "not in the order of its payments",
        kPaymentPages,
        R"sql(
      SELECT p.payment_id FROM payment p
      WHERE p.payment_id > ? AND p.payment_id <= ? AND EXISTS
        (SELECT 1 FROM payment o
         WHERE o.token_id = p.token_id AND o.payment_id <> p.payment_id
           AND (o.paid_at <> p.paid_at OR o.user_id <> p.user_id
                OR (o.payment_id < p.payment_id) <> (o.entry_no < p.entry_no))))sql"},
    Question{"balance_is_the_sum_of_its_ledger",
             "the user's balance or entry count is not that of the ledger", kUserPages,
             R"sql(
      SELECT LOWER(HEX(u.user_id)) FROM user u
      WHERE u.user_id > UNHEX(?) AND u.user_id <= UNHEX(?)
        AND (u.balance < 0
             OR u.balance <> (SELECT COALESCE(SUM(l.amount), 0) FROM ledger_entry l WHERE l.user_id = u.user_id)
             OR u.entry_count <> (SELECT COUNT(*) FROM ledger_entry l WHERE l.user_id = u.user_id)))sql"},
    Question{"ledger_entries_follow", "user:entry does not follow from the entry before it",
             kUserPages,
             R"sql(
      SELECT CONCAT(LOWER(HEX(l.user_id)), ':', l.entry_no) FROM ledger_entry l
        LEFT JOIN ledger_entry b ON b.user_id = l.user_id AND b.entry_no = l.entry_no - 1
      WHERE l.user_id > UNHEX(?) AND l.user_id <= UNHEX(?)
        AND (l.balance_after <> COALESCE(b.balance_after, 0) + l.amount
             OR (b.user_id IS NULL AND l.entry_no <> 1)))sql"},
    // Keys of the tables see to it that an entry has one voucher, and that a voucher has one entry.
    Question{"voucher_has_its_entry",
             "the voucher's ledger entry is not a CHARGE of its user and amount", kVoucherPages,
             R"sql(
      SELECT v.jti FROM voucher v
        LEFT JOIN ledger_entry l ON l.user_id = v.user_id AND l.entry_no = v.entry_no AND l.kind = 'CHARGE'
          AND l.is_credit = 0 AND l.amount = v.amount
      WHERE v.jti > UNHEX(?) AND v.jti <= UNHEX(?) AND l.user_id IS NULL)sql"},
    Question{"credit_key_has_its_entry", "the key's ledger entry is not a CREDIT of its user",
             kCreditKeyPages,
             R"sql(
      SELECT k.key_text FROM credit_key k
        LEFT JOIN ledger_entry l ON l.user_id = k.user_id AND l.entry_no = k.entry_no AND l.kind = 'CHARGE'
          AND l.is_credit = 1
      WHERE k.key_text > UNHEX(?) AND k.key_text <= UNHEX(?) AND l.user_id IS NULL)sql"},
    // A credit is a CHARGE with a mark.
    Question{
        "points_are_conserved",
        "the user's charges and credits are not the balance plus the payments, less what of them "
        "was refunded",
        kUserPages,
        R"sql(
      SELECT LOWER(HEX(u.user_id)) FROM user u
      WHERE u.user_id > UNHEX(?) AND u.user_id <= UNHEX(?)
        AND (SELECT COALESCE(SUM(l.amount), 0) FROM ledger_entry l
             WHERE l.user_id = u.user_id AND l.kind = 'CHARGE') <>
          u.balance + (SELECT COALESCE(SUM(p.amount), 0) FROM payment p
                       JOIN reservation r ON r.reservation_id = p.payment_id AND r.state = 'PAID'
                       WHERE p.user_id = u.user_id)
            - (SELECT COALESCE(SUM(n.price), 0) FROM payment p
               JOIN reservation r ON r.reservation_id = p.payment_id AND r.state = 'PAID'
               JOIN reservation_seat n ON n.reservation_id = r.reservation_id AND n.refunded_at IS NOT NULL
               WHERE p.user_id = u.user_id))sql"},
    // All seats that a user has now were there when the newest was held, under the limit of that
    // time, which the hold notes. So a limit that was changed since is no breach. Holds without
    // that note are older.
    Question{"seats_within_limit",
             "user:date holds and owns more seats than the limit in force at the newest hold",
             kUserPages,
             R"sql(
      SELECT CONCAT(LOWER(HEX(o.user_id)), ':', o.concert_date_id)
      FROM (SELECT user_id, concert_date_id, SUM(seat_count) AS seats, MAX(reservation_id) AS newest
            FROM reservation FORCE INDEX (reservation_of_user_date_state)
            WHERE user_id > UNHEX(?) AND user_id <= UNHEX(?)
              AND (state = 'PAID' OR (state = 'HELD' AND held_until > NOW(3)))
            GROUP BY user_id, concert_date_id) o
        JOIN reservation n ON n.reservation_id = o.newest
      WHERE o.seats > n.seat_limit)sql"},
    Question{"one_live_token_per_user", "the user has more than one live token in a queue",
             kUserPages,
             R"sql(
      SELECT LOWER(HEX(t.user_id)) FROM token t
      WHERE t.user_id > UNHEX(?) AND t.user_id <= UNHEX(?) AND t.state IN ('WAITING', 'ACTIVE')
      GROUP BY t.user_id, t.queue_id HAVING COUNT(*) > 1)sql"},
};

// The usual form of a user's id, made of the 32 digits that `id` begins with.
std::string with_dashes(std::string id) {
  for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, 1, '-');
  return id;
}

// The bounds of a page, as often as the question has them.
std::vector<Value> bounds_of(const Question& question, const std::string& after,
                             const std::string& last) {
  const std::string_view rows = question.rows;
  std::vector<Value> bounds;
  while (bounds.size() < static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '?')))
    bounds.insert(bounds.end(), {after, last});
  return bounds;
}

void ask(Session& session, const Question& question, std::vector<Breach>& breaches) {
  Breach breach{question.invariant, {}, question.detail};
  // Below the first key of every table: ids are positive, and other keys are walked in hexadecimal.
  const bool of_users = question.pages == kUserPages;
  const bool of_texts = question.pages == kVoucherPages || question.pages == kCreditKeyPages;
  const std::int64_t limit = question.pages == kDatePages ? kDatesPerPage : kPage;
  std::string after = of_users || of_texts ? "" : "0";
  for (;;) {
    std::string last;
    {
      auto page = session.query(question.pages, {after, limit});
      if (!page.next() || page.is_null(1)) break;
      last = page.text(1);
    }
    auto rows = session.query(question.rows, bounds_of(question, after, last));
    while (rows.next()) breach.ids.push_back(of_users ? with_dashes(rows.text(1)) : rows.text(1));
    after = last;
  }
  if (!breach.ids.empty()) breaches.push_back(std::move(breach));
}

}  // namespace

std::vector<Breach> AuditStore::breaches(std::int64_t configured_limit) {
  const Snapshot snapshot(session_);
  std::vector<Breach> found;
  for (const Question& question : kQuestions) ask(session_, question, found);
  add_queue_breaches(session_, configured_limit, found);
  return found;
}

}  // namespace concert
