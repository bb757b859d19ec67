#include "store/points/payment_store.h"

namespace concert {

void PaymentStore::insert(const Payment& payment, TokenId token) {
  session_.execute(
      R"sql(
      INSERT INTO payment (payment_id, user_id, token_id, amount, entry_no, paid_at) VALUES (?, ?, ?, ?, ?, ?))sql",
      {payment.id, payment.user, token, payment.amount, payment.entry, payment.paid_at});
}

std::optional<UserId> PaymentStore::payer(PaymentId id) {
  auto rows = session_.query(R"sql(
      SELECT user_id FROM payment WHERE payment_id = ?)sql",
                             {id});
  if (!rows.next()) return std::nullopt;
  return rows.user(1);
}

std::optional<Payment> PaymentStore::find(const UserId& user, PaymentId id) {
  auto rows = session_.query(R"sql(
      SELECT p.amount, p.entry_no, l.balance_after, p.paid_at, s.seat_number
      FROM payment p JOIN ledger_entry l ON l.user_id = p.user_id AND l.entry_no = p.entry_no
        JOIN reservation_seat s ON s.reservation_id = p.payment_id
      WHERE p.payment_id = ? AND p.user_id = ? ORDER BY s.seat_number)sql",
                             {id, user});
  std::optional<Payment> payment;
  while (rows.next()) {
    if (!payment) {
      payment = Payment{id, user,           rows.number(1), EntryNo{rows.number(2)}, rows.number(3),
                        {}, rows.instant(4)};
    }
    payment->seats.push_back(static_cast<SeatNumber>(rows.number(5)));
  }
  return payment;
}

}  // namespace concert
