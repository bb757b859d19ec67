#pragma once

#include <optional>

#include "domain/payment.h"
#include "store/session/session.h"

namespace concert {

// Payments: one per reservation, by key, each with its own ledger entry, by key.
class PaymentStore {
 public:
  explicit PaymentStore(Session& session) : session_(session) {}

  // `token` is used up by the payment. Throws Duplicate if the reservation has been paid,
  // or the token has paid.
  void insert(const Payment& payment, TokenId token);

  // The user that made the payment; nothing if there is no such payment.
  std::optional<UserId> payer(PaymentId id);

  // Nothing if the user has made no such payment.
  std::optional<Payment> find(const UserId& user, PaymentId id);

 private:
  Session& session_;
};

}  // namespace concert
