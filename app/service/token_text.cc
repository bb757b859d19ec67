#include "service/token_text.h"

#include <cstdlib>

#include "domain/check.h"
#include "domain/refusal.h"
#include "domain/token_life.h"
#include "service/jwt_handle.h"

namespace concert {
namespace {

[[noreturn]] void refuse() {
  throw Refusal(Reason::token_invalid, "The queue token is not one that this service issued.");
}

TokenId read_jti(const std::string& text) {
  TokenId id;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, id.value);
  if (result.ec != std::errc() || result.ptr != end || id.value <= 0) refuse();
  return id;
}

}  // namespace

std::string TokenText::sign(const TokenClaims& claims, Instant now) const {
  jwt_t* raw = nullptr;
  check(jwt_new(&raw) == 0, "a JWT can be made");
  const Jwt jwt(raw);
  const Instant exp = claims.issued_at + kLongestTokenLife_ms;
  int failed = jwt_add_grant(raw, "sub", claims.user.text().c_str());
  failed |= jwt_add_grant(raw, "jti", std::to_string(claims.id.value).c_str());
  failed |= jwt_add_grant_int(raw, "seq", claims.seq);
  failed |= jwt_add_grant(raw, "status", std::string(to_text(claims.state)).c_str());
  failed |= jwt_add_grant_int(raw, "iat", now.ms / 1000);
  failed |= jwt_add_grant_int(raw, "exp", exp.ms / 1000);
  // For this service alone: exact times and the last position told.
  failed |= jwt_add_grant_int(raw, "issued", claims.issued_at.ms);
  failed |= jwt_add_grant_int(raw, "until", claims.waits_until.ms);
  failed |= jwt_add_grant_int(raw, "pos", claims.position);
  const auto* key = reinterpret_cast<const unsigned char*>(key_.data());
  failed |= jwt_set_alg(raw, JWT_ALG_HS256, key, static_cast<int>(key_.size()));
  check(failed == 0, "the claims of a token can be written");
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(raw), &std::free);
  check(text != nullptr, "a token can be signed");
  return text.get();
}

TokenClaims TokenText::read(const std::string& text) const {
  const Jwt jwt = decode_jwt(text, key_, JWT_ALG_HS256);
  if (!jwt) refuse();
  const auto sub = text_grant(jwt, "sub");
  const auto jti = text_grant(jwt, "jti");
  const auto status = text_grant(jwt, "status");
  const auto seq = number_grant(jwt, "seq");
  const auto issued = number_grant(jwt, "issued");
  const auto until = number_grant(jwt, "until");
  const auto position = number_grant(jwt, "pos");
  if (!sub || !jti || !status || !seq || !issued || !until || !position) refuse();
  const auto user = UserId::parse(*sub);
  if (!user || (*status != "WAITING" && *status != "ACTIVE")) refuse();
  return {*user,           read_jti(*jti), *seq, token_state(*status), Instant{*issued},
          Instant{*until}, *position};
}

}  // namespace concert
