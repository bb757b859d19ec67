#include "service/access/identity.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "domain/check.h"
#include "domain/refusal.h"

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

[[noreturn]] void refuse_identity() {
  throw Refusal(Reason::identity_required,
                "Prove who you are: send Authorization: Bearer <JWT of the login service>.");
}

}  // namespace

Identity::Identity(IdentityMode mode, const std::string& key, std::string audience,
                   std::string issuer)
    : audience_(std::move(audience)), issuer_(std::move(issuer)) {
  if (mode == IdentityMode::jwt) key_.emplace(key, "login service");
}

std::optional<UserId> Identity::subject(const std::optional<std::string>& bearer) const {
  if (!key_) return std::nullopt;
  if (!bearer) refuse_identity();
  const auto login = key_->read(*bearer);
  if (!login || !login->is_valid_now()) refuse_identity();
  if (!audience_.empty() && !login->is_for(audience_)) refuse_identity();
  if (!issuer_.empty() && login->text("iss") != issuer_) refuse_identity();
  const auto sub = login->text("sub");
  const auto named = sub ? UserId::parse(*sub) : std::nullopt;
  if (!named) refuse_identity();
  return named;
}

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
