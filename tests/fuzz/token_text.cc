// How the text of a queue token is read. The input's first byte says what the rest is: a text, an
// edit of a genuine text, or the header or payload of one that is signed with the right key.
#include "service/access/token_text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "domain/refusal.h"
#include "fuzz/property.h"
#include "support/base64url.h"

namespace concert::fuzz {
namespace {

const std::string kKey = "a signing key for tests of 32 bytes or more";
constexpr Instant kNow{1'790'000'000'123};

TokenClaims some_claims() {
  return {*UserId::parse("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"),
          TokenId{42},
          QueueId{3},
          93283,
          TokenState::active,
          kNow,
          kNow,
          kNow + 3'600'000,
          93000,
          {}};
}

bool same(const TokenClaims& a, const TokenClaims& b) {
  return a.user == b.user && a.id == b.id && a.queue == b.queue && a.place == b.place &&
         a.state == b.state && a.issued_at == b.issued_at && a.waits_until == b.waits_until &&
         a.position == b.position && a.counted_from == b.counted_from && a.entry == b.entry;
}

std::optional<TokenClaims> read(const std::string& text) {
  try {
    return TokenText(kKey).read(text);
  } catch (const Refusal& refusal) {
    require(refusal.reason() == Reason::token_invalid, "a text is refused as invalid");
    return std::nullopt;
  }
}

std::string signed_with_the_key(std::string_view header, std::string_view payload) {
  const std::string text = test::base64url(header) + "." + test::base64url(payload);
  std::array<unsigned char, 32> mac{};
  unsigned length = mac.size();
  HMAC(EVP_sha256(), kKey.data(), static_cast<int>(kKey.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length);
  return text + "." + test::base64url({reinterpret_cast<const char*>(mac.data()), length});
}

void require_claims(const TokenClaims& claims) {
  require(claims.id.value >= 1, "an id is positive");
  require(claims.queue.value >= 1, "a queue is positive");
  require(claims.state == TokenState::waiting || claims.state == TokenState::active,
          "a text is of a token that lives");
  // Only the key's owner could have written a time beyond this, and the service does not.
  constexpr Instant kYear9999{253'402'300'799'000};
  if (claims.issued_at > kYear9999 || claims.counted_from > kYear9999) return;
  const auto again = read(TokenText(kKey).sign(claims, kNow));
  require(again && same(*again, claims), "signed again, the claims are the same");
}

// `edit` is a place, how much is taken away there, and what is put there instead.
void require_edited(std::string_view edit) {
  static const std::string genuine = TokenText(kKey).sign(some_claims(), kNow);
  if (edit.size() < 3) return;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(edit[i]); };
  std::string text = genuine;
  text.replace((byte(0) * 256U + byte(1)) % (genuine.size() + 1), byte(2), edit.substr(3));
  const auto claims = read(text);
  if (text == genuine) {
    require(claims && same(*claims, some_claims()), "a genuine text is read");
  } else {
    require(!claims, "an edited text is refused");
  }
}

// Nothing that only the key's owner can write does any harm either.
void require_header(std::string_view header) {
  const std::string genuine = TokenText(kKey).sign(some_claims(), kNow);
  const auto dot = genuine.find('.');
  const std::string payload = genuine.substr(dot + 1, genuine.rfind('.') - dot - 1);
  const auto claims = read(signed_with_the_key(header, test::from_base64url(payload)));
  if (!claims) return;
  require(same(*claims, some_claims()), "a header changes no claim");
  std::string upper(header);  // libjwt does not mind the case
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  require(upper.find("HS256") != std::string::npos, "HS256 is the only algorithm");
}

}  // namespace
}  // namespace concert::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace concert;
  if (size == 0) return 0;
  const std::string_view rest = fuzz::text_of(data, size).substr(1);
  switch (data[0]) {
    case 't':
      if (const auto claims = fuzz::read(std::string(rest))) fuzz::require_claims(*claims);
      break;
    case 'e': fuzz::require_edited(rest); break;
    case 'h': fuzz::require_header(rest); break;
    case 'p': {
      const auto text = fuzz::signed_with_the_key(R"({"alg":"HS256","typ":"JWT"})", rest);
      if (const auto claims = fuzz::read(text)) fuzz::require_claims(*claims);
      break;
    }
    default: break;
  }
  return 0;
}
