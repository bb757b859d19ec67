#pragma once

#include <optional>
#include <string>

#include "domain/points.h"
#include "domain/user_id.h"
#include "service/access/operator_jwt.h"
#include "settings/settings.h"

namespace concert {

// What a voucher of the payment service is good for: one charge of the user by the amount. `id`
// counts once for ever.
struct Voucher {
  std::string id;  // 1 to 100 characters of UTF-8
  UserId user;
  Points amount = 0;
  bool is_valid_now = false;  // by its times
};

// Decides by the setting `charging` what a charge needs.
class Vouchers {
 public:
  // `settings.charge_key`: an HS256 secret or a PEM public key (RSA: RS256, EC: ES256); empty: no
  // voucher is accepted. Throws std::invalid_argument if it is neither.
  explicit Vouchers(const Settings& settings);

  // The voucher in `text` if the payment service signed it for this user, this amount and this
  // service; otherwise nothing. Nothing also where no voucher is needed.
  std::optional<Voucher> read(const std::optional<std::string>& text, const UserId& user,
                              Points amount) const;

  // Whether a charge may go on with what read() returned for it.
  // Refuses: charging_off, voucher_invalid.
  void require(const std::optional<Voucher>& read) const;

 private:
  ChargingMode mode_;
  std::optional<OperatorKey> key_;
  std::string audience_;
};

// Refuses: voucher_invalid. All faults of a voucher are told alike.
[[noreturn]] void refuse_voucher();

}  // namespace concert
