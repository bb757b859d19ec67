#include "service/access/vouchers.h"

#include "base/encoding.h"
#include "domain/refusal.h"

namespace concert {
namespace {

constexpr std::size_t kMostCharacters = 100;

}  // namespace

Vouchers::Vouchers(const Settings& settings)
    : mode_(settings.charging), audience_(settings.charge_audience) {
  if (mode_ == ChargingMode::voucher && !settings.charge_key.empty())
    key_.emplace(settings.charge_key, "payment service");
}

std::optional<Voucher> Vouchers::read(const std::optional<std::string>& text, const UserId& user,
                                      Points amount) const {
  if (!key_ || !text) return std::nullopt;
  const auto claims = key_->read(*text);
  if (!claims || !claims->has_end()) return std::nullopt;
  if (!audience_.empty() && !claims->is_for(audience_)) return std::nullopt;
  const auto id = claims->text("jti");
  const auto sub = claims->text("sub");
  if (!id || id->empty() || characters_of(*id) > kMostCharacters || !sub) return std::nullopt;
  if (UserId::parse(*sub) != user || claims->integer("amount") != amount) return std::nullopt;
  return Voucher{*id, user, amount, claims->is_valid_now()};
}

void Vouchers::require(const std::optional<Voucher>& read) const {
  if (mode_ == ChargingMode::off)
    throw Refusal(Reason::charging_off, "Points cannot be added here.");
  if (mode_ == ChargingMode::voucher && !read) refuse_voucher();
}

void refuse_voucher() {
  throw Refusal(Reason::voucher_invalid,
                "The charge needs a voucher of the payment service for this user and this amount "
                "that has not expired and was not used for another charge.");
}

}  // namespace concert
