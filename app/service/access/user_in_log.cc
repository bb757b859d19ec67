#include "service/access/user_in_log.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "domain/check.h"

namespace concert {
namespace {

std::string keyed_hash(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  check(made != nullptr, "a hash can be made");
  return {digest.begin(), digest.begin() + size};
}

}  // namespace

UserInLog::UserInLog(const std::string& token_key) : key_(keyed_hash(token_key, "users in logs")) {}

std::string UserInLog::text(const UserId& user) const {
  constexpr std::size_t kBytes = 8;
  std::string shown;
  for (const char byte : keyed_hash(key_, user.text()).substr(0, kBytes)) {
    shown += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return shown;
}

}  // namespace concert
