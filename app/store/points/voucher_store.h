#pragma once

#include <optional>
#include <string>

#include "domain/points.h"
#include "store/session/session.h"

namespace concert {

// What makes points once and never again: vouchers of the payment service, and the keys of an
// administrator's credits. Each names the ledger entry that it made.
class VoucherStore {
 public:
  explicit VoucherStore(Session& session) : session_(session) {}

  // The charge for which the voucher was redeemed; nothing if it was not.
  std::optional<LedgerEntry> charge(const std::string& voucher);

  // Throws Duplicate if the voucher was redeemed.
  void insert(const std::string& voucher, const LedgerEntry& charge);

  // The credit that was made under the key; nothing if there is none.
  std::optional<LedgerEntry> credit(const std::string& key);

  // Throws Duplicate if there is a credit under the key.
  void insert_key(const std::string& key, const LedgerEntry& credit);

 private:
  Session& session_;
};

}  // namespace concert
