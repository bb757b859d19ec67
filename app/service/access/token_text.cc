#include "service/access/token_text.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cstdlib>

#include "base/parse_number.h"
#include "domain/check.h"
#include "domain/refusal.h"
#include "domain/token.h"
#include "service/access/jwt_handle.h"

namespace concert {
namespace {

[[noreturn]] void refuse_token() {
  throw Refusal(Reason::token_invalid, "The queue token is not one that this service issued.");
}

TokenId read_jti(const std::string& text) {
  const auto id = parse_number<std::int64_t>(text, 1);
  if (!id) refuse_token();
  return TokenId{*id};
}

Jwt new_jwt() {
  jwt_t* raw = nullptr;
  check(jwt_new(&raw) == 0, "a JWT can be made");
  return Jwt(raw);
}

std::string signed_text(const Jwt& jwt, const std::string& key, const std::string& key_id) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  int failed = jwt_add_header(jwt.get(), "kid", key_id.c_str());
  failed |= jwt_set_alg(jwt.get(), JWT_ALG_HS256, bytes, static_cast<int>(key.size()));
  check(failed == 0, "the header of a token can be written");
  const JwtText text(jwt_encode_str(jwt.get()), &std::free);
  check(text != nullptr, "a token can be signed");
  return text.get();
}

}  // namespace

TokenClaims claims_of(const Token& token) {
  TokenClaims claims;
  claims.user = token.user;
  claims.id = token.id;
  claims.queue = token.queue;
  claims.state = token.state;
  claims.issued_at = token.issued_at;
  claims.counted_from = token.counted_from;
  if (token.state == TokenState::waiting) claims.waits_until = token.expires_at;
  return claims;
}

std::string fingerprint_of_key(const std::string& key) {
  // So that it is the digest of nothing else.
  const std::string input = "queue token key:" + key;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + 6, ""));
}

TokenText::Key::Key(const std::string& key) : bytes(key), id(fingerprint_of_key(key)) {
  const std::string text = signed_text(new_jwt(), bytes, id);
  header = text.substr(0, text.find('.') + 1);
}

TokenText::TokenText(const std::string& key, const std::string& accepted) : key_(key) {
  if (!accepted.empty()) accepted_.emplace(accepted);
}

std::string TokenText::sign(const TokenClaims& claims, Instant now) const {
  const Jwt jwt = new_jwt();
  jwt_t* const raw = jwt.get();
  const Instant exp = claims.counted_from + kLongestTokenLife_ms;
  int failed = jwt_add_grant(raw, "sub", claims.user.text().c_str());
  failed |= jwt_add_grant(raw, "jti", std::to_string(claims.id.value).c_str());
  if (claims.state != TokenState::records)  // which is of no queue
    failed |= jwt_add_grant_int(raw, "queueId", claims.queue.value);
  failed |= jwt_add_grant_int(raw, "seq", claims.place.value_or(0));
  failed |= jwt_add_grant(raw, "status", std::string(to_text(claims.state)).c_str());
  failed |= jwt_add_grant_int(raw, "iat", now.ms / 1000);
  failed |= jwt_add_grant_int(raw, "exp", exp.ms / 1000);
  // Only for this service: exact times and the last position told.
  failed |= jwt_add_grant_int(raw, "issued", claims.issued_at.ms);
  failed |= jwt_add_grant_int(raw, "until", claims.waits_until.ms);
  failed |= jwt_add_grant_int(raw, "pos", claims.position.value_or(0));
  if (claims.counted_from != claims.issued_at)
    failed |= jwt_add_grant_int(raw, "from", claims.counted_from.ms);
  if (claims.entry) failed |= jwt_add_grant_int(raw, "entry", *claims.entry);
  check(failed == 0, "the claims of a token can be written");
  return signed_text(jwt, key_.bytes, key_.id);
}

TokenClaims TokenText::read(const std::string& text) const {
  // The header only says which key to try first: a signature counts, whatever was said of it.
  const bool accepted_first = accepted_ && text.starts_with(accepted_->header);
  const Key& first = accepted_first ? *accepted_ : key_;
  Jwt jwt = decode_jwt(text, first.bytes, JWT_ALG_HS256);
  if (!jwt && accepted_) {
    const Key& second = accepted_first ? key_ : *accepted_;
    jwt = decode_jwt(text, second.bytes, JWT_ALG_HS256);
  }
  if (!jwt) refuse_token();
  const auto sub = text_grant(jwt.get(), "sub");
  const auto jti = text_grant(jwt.get(), "jti");
  const auto status = text_grant(jwt.get(), "status");
  const auto seq = number_grant(jwt.get(), "seq");
  const auto issued = number_grant(jwt.get(), "issued");
  const auto until = number_grant(jwt.get(), "until");
  const auto position = number_grant(jwt.get(), "pos");
  const auto queue = number_grant(jwt.get(), "queueId").value_or(kMainQueue.value);
  if (!sub || !jti || !status || !seq || !issued || !until || !position) refuse_token();
  const auto user = UserId::parse(*sub);
  if (!user || (*status != "WAITING" && *status != "ACTIVE" && *status != "RECORDS"))
    refuse_token();
  const auto if_any = [](std::int64_t number) {
    return number > 0 ? std::optional(number) : std::nullopt;
  };
  const auto from = number_grant(jwt.get(), "from").value_or(*issued);
  const auto entry = number_grant(jwt.get(), "entry").value_or(0);
  return {*user,         read_jti(*jti),       QueueId{queue},
          if_any(*seq),  token_state(*status), Instant{*issued},
          Instant{from}, Instant{*until},      if_any(*position),
          if_any(entry)};
}

}  // namespace concert
