#include "store/admin/erasure_store.h"

namespace concert {
namespace {

// Payments, vouchers and keys of credits refer to ledger entries by user and number, and ledger
// entries refer to the user: rows that move first leave the others without what they refer to. So
// the foreign keys are not checked for these statements; the lock on the user's row keeps other
// sessions from adding to them.
class KeysUnchecked {
 public:
  explicit KeysUnchecked(Session& session) : session_(session) {
    session_.run_text("SET SESSION foreign_key_checks = 0");
  }
  ~KeysUnchecked() {
    try {
      session_.run_text("SET SESSION foreign_key_checks = 1");
    } catch (const std::exception&) {
      // A lost connection has lost the setting too.
      return;
    }
  }
  KeysUnchecked(const KeysUnchecked&) = delete;
  KeysUnchecked& operator=(const KeysUnchecked&) = delete;

 private:
  Session& session_;
};

}  // namespace

std::vector<TicketsToCome> ErasureStore::tickets_to_come(const UserId& user) {
  auto rows = session_.query(R"sql(
      SELECT r.reservation_id, c.title, d.begins_at, r.seat_count
      FROM reservation r JOIN concert_date d ON d.concert_date_id = r.concert_date_id
        JOIN concert c ON c.concert_id = d.concert_id
      WHERE r.user_id = ? AND r.state = 'PAID' AND d.begins_at > NOW(3)
      ORDER BY r.reservation_id)sql",
                             {user});
  std::vector<TicketsToCome> found;
  while (rows.next())
    found.push_back({ReservationId{rows.number(1)}, rows.text(2), rows.instant(3), rows.number(4)});
  return found;
}

void ErasureStore::move_records(const UserId& user, const UserId& pseudonym) {
  session_.execute(R"sql(
      DELETE FROM idempotency_key WHERE user_id = ?)sql",
                   {user});
  session_.execute(R"sql(
      DELETE FROM records_token WHERE user_id = ?)sql",
                   {user});
  const KeysUnchecked unchecked(session_);
  session_.execute(R"sql(
      UPDATE user SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
  session_.execute(R"sql(
      UPDATE ledger_entry SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
  session_.execute(R"sql(
      UPDATE payment SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
  session_.execute(R"sql(
      UPDATE voucher SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
  session_.execute(R"sql(
      UPDATE credit_key SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
  session_.execute(R"sql(
      UPDATE reservation SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
  session_.execute(R"sql(
      UPDATE token SET user_id = ? WHERE user_id = ?)sql",
                   {pseudonym, user});
}

}  // namespace concert
