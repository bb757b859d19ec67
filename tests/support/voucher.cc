#include "support/voucher.h"

#include <ctime>

#include "support/jwt.h"

namespace concert::test {

Json::Value voucher_claims(const std::string& id, const std::string& user, std::int64_t amount,
                           std::int64_t life_s) {
  Json::Value claims(Json::objectValue);
  claims["jti"] = id;
  claims["sub"] = user;
  claims["amount"] = static_cast<Json::Int64>(amount);
  claims["exp"] = static_cast<Json::Int64>(std::time(nullptr) + life_s);
  return claims;
}

std::string voucher_text(const std::string& id, const std::string& user, std::int64_t amount,
                         std::int64_t life_s) {
  return sign_jwt(voucher_claims(id, user, amount, life_s), "HS256", kPaymentSecret);
}

}  // namespace concert::test
