#pragma once

#include <json/json.h>

#include <cstdint>
#include <string>

namespace concert::test {

// The secret of a payment service.
inline constexpr char kPaymentSecret[] = "the payment service's secret of 32 bytes or more";

// What a good voucher says. It ends in `life_s` seconds.
Json::Value voucher_claims(const std::string& id, const std::string& user, std::int64_t amount,
                           std::int64_t life_s = 3600);

// A good voucher, signed with kPaymentSecret.
std::string voucher_text(const std::string& id, const std::string& user, std::int64_t amount,
                         std::int64_t life_s = 3600);

}  // namespace concert::test
