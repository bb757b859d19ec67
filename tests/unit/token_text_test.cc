#include "service/token_text.h"

#include <boost/test/unit_test.hpp>
#include <ctime>

#include "domain/refusal.h"
#include "support/jwt.h"

namespace concert {
namespace {

const std::string kKey = "a signing key for tests of 32 bytes or more";
constexpr Instant kIssued{1'790'000'000'123};

TokenClaims some_claims() {
  return {*UserId::parse("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"),
          TokenId{42},
          93283,
          TokenState::waiting,
          kIssued,
          kIssued + 3'600'000,
          93000};
}

Json::Value claims_as_json() {
  return test::claims_of_jwt(TokenText(kKey).sign(some_claims(), kIssued));
}

bool is_invalid(const std::string& text) {
  try {
    TokenText(kKey).read(text);
    return false;
  } catch (const Refusal& refusal) {
    return refusal.reason() == Reason::token_invalid;
  }
}

// A text of `claims` that this service might have signed.
std::string signed_text(const Json::Value& claims) { return test::sign_jwt(claims, "HS256", kKey); }

}  // namespace

BOOST_AUTO_TEST_SUITE(token_text_test)

BOOST_AUTO_TEST_CASE(claims_make_the_round_trip) {
  const TokenClaims given = some_claims();
  const TokenClaims read = TokenText(kKey).read(TokenText(kKey).sign(given, kIssued + 5000));
  BOOST_CHECK(read.user == given.user);
  BOOST_CHECK(read.id == given.id);
  BOOST_TEST(read.seq == given.seq);
  BOOST_CHECK(read.state == given.state);
  BOOST_CHECK(read.issued_at == given.issued_at);
  BOOST_CHECK(read.waits_until == given.waits_until);
  BOOST_TEST(read.position == given.position);
}

BOOST_AUTO_TEST_CASE(the_claims_of_the_contract_are_there) {
  const Json::Value claims =
      test::claims_of_jwt(TokenText(kKey).sign(some_claims(), kIssued + 60'000));
  BOOST_TEST(claims["sub"].asString() == "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
  BOOST_TEST(claims["jti"].asString() == "42");
  BOOST_TEST(claims["seq"].asInt64() == 93283);
  BOOST_TEST(claims["status"].asString() == "WAITING");
  BOOST_TEST(claims["iat"].asInt64() == 1'790'000'060);
  BOOST_TEST(claims["exp"].asInt64() == 1'790'000'000 + 24 * 3600);
}

BOOST_AUTO_TEST_CASE(a_text_older_than_its_exp_is_still_read) {
  // Whether the token lives is the database's to say.
  TokenClaims old = some_claims();
  old.issued_at = Instant{1'000'000'000'000};
  BOOST_CHECK(TokenText(kKey).read(TokenText(kKey).sign(old, old.issued_at)).id == old.id);
}

BOOST_AUTO_TEST_CASE(a_text_signed_by_any_library_with_the_key_is_read) {
  BOOST_TEST(!is_invalid(signed_text(claims_as_json())));
}

BOOST_AUTO_TEST_CASE(every_altered_character_makes_a_text_invalid) {
  const std::string text = TokenText(kKey).sign(some_claims(), kIssued);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(is_invalid(altered), "at " << i);
  }
}

BOOST_AUTO_TEST_CASE(every_truncated_text_is_invalid) {
  const std::string text = TokenText(kKey).sign(some_claims(), kIssued);
  for (std::size_t length = 0; length < text.size(); ++length) {
    BOOST_TEST(is_invalid(text.substr(0, length)), "of length " << length);
  }
  BOOST_TEST(is_invalid(text + "A"));
  BOOST_TEST(is_invalid(text + "."));
  BOOST_TEST(is_invalid(" " + text));
  BOOST_TEST(is_invalid(text + std::string(1, '\0')));
}

BOOST_AUTO_TEST_CASE(a_text_with_the_payload_of_another_is_invalid) {
  TokenClaims other = some_claims();
  other.state = TokenState::active;
  const std::string mine = TokenText(kKey).sign(some_claims(), kIssued);
  const std::string theirs = TokenText(kKey).sign(other, kIssued);
  const auto payload = theirs.substr(0, theirs.rfind('.'));
  BOOST_TEST(is_invalid(payload + mine.substr(mine.rfind('.'))));
}

BOOST_AUTO_TEST_CASE(a_text_signed_with_another_key_is_invalid) {
  BOOST_TEST(is_invalid(
      TokenText("another key for tests, of 32 bytes or more").sign(some_claims(), kIssued)));
  BOOST_TEST(is_invalid(TokenText(kKey + " ").sign(some_claims(), kIssued)));
}

BOOST_AUTO_TEST_CASE(a_text_signed_with_another_algorithm_is_invalid) {
  const Json::Value claims = claims_as_json();
  BOOST_TEST(is_invalid(test::sign_jwt(claims, "none", "")));
  BOOST_TEST(is_invalid(test::sign_jwt(claims, "HS384", kKey)));
  BOOST_TEST(is_invalid(test::sign_jwt(claims, "HS512", kKey)));
}

BOOST_AUTO_TEST_CASE(a_header_that_names_another_algorithm_is_invalid) {
  const std::string text = signed_text(claims_as_json());
  for (const char* header :
       {R"({"alg":"none","typ":"JWT"})", R"({"alg":"NONE"})", R"({"alg":"None"})",
        R"({"alg":"HS512"})", R"({"alg":"RS256","typ":"JWT"})", R"({"alg":"ES256"})",
        R"({"alg":""})", R"({"alg":null})", R"({"typ":"JWT"})", "{}", "[]", "x"}) {
    const std::string rest = text.substr(text.find('.'));
    const std::string unsigned_rest = rest.substr(0, rest.rfind('.') + 1);
    BOOST_TEST(is_invalid(test::base64url(header) + rest), header);
    BOOST_TEST(is_invalid(test::base64url(header) + unsigned_rest), header);
  }
}

BOOST_AUTO_TEST_CASE(garbage_is_invalid) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."),
        std::string("a.b.c"), std::string("null"), std::string("e30.e30."),
        std::string("e30.e30.e30"), std::string(100'000, 'A'), std::string(10'000, '.'),
        std::string("\xFF\xFE.\xFF.\xFF"), std::string(5, '\0')}) {
    BOOST_TEST(is_invalid(text));
  }
}

BOOST_AUTO_TEST_CASE(a_text_without_one_of_its_claims_is_invalid) {
  for (const char* name : {"sub", "jti", "seq", "status"}) {
    Json::Value claims = claims_as_json();
    claims.removeMember(name);
    BOOST_TEST(is_invalid(signed_text(claims)), name);
  }
}

BOOST_AUTO_TEST_CASE(a_text_with_a_claim_of_another_form_is_invalid) {
  const auto with = [](const char* name, const Json::Value& value) {
    Json::Value claims = claims_as_json();
    claims[name] = value;
    return is_invalid(signed_text(claims));
  };
  BOOST_TEST(with("sub", "somebody"));
  BOOST_TEST(with("sub", 1));
  BOOST_TEST(with("jti", "0"));
  BOOST_TEST(with("jti", "-1"));
  BOOST_TEST(with("jti", "1x"));
  BOOST_TEST(with("jti", 42));
  BOOST_TEST(with("seq", "1"));
  BOOST_TEST(with("status", "USED"));
  BOOST_TEST(with("status", "active"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
