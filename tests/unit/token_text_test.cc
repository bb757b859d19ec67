#include "service/access/token_text.h"

#include <boost/test/unit_test.hpp>
#include <ctime>

#include "domain/refusal.h"
#include "support/base64url.h"
#include "support/jwt.h"

namespace concert {
namespace {

const std::string kKey = "a signing key for tests of 32 bytes or more";
const std::string kNewKey = "the signing key that comes next, for tests";
constexpr Instant kIssued{1'790'000'000'123};

TokenClaims some_claims() {
  return {*UserId::parse("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"),
          TokenId{42},
          QueueId{7},
          93283,
          TokenState::waiting,
          kIssued,
          kIssued,
          kIssued + 3'600'000,
          93000,
          {}};
}

Json::Value claims_as_json() {
  return test::claims_of_jwt(TokenText(kKey).sign(some_claims(), kIssued));
}

bool is_invalid(const std::string& text, const TokenText& reader = TokenText(kKey)) {
  try {
    reader.read(text);
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
  BOOST_CHECK(read.queue == given.queue);
  BOOST_CHECK(read.place == given.place);
  BOOST_CHECK(read.state == given.state);
  BOOST_CHECK(read.issued_at == given.issued_at);
  BOOST_CHECK(read.waits_until == given.waits_until);
  BOOST_CHECK(read.position == given.position);
  BOOST_CHECK(read.counted_from == given.counted_from);
  BOOST_CHECK(!read.entry.has_value());
}

BOOST_AUTO_TEST_CASE(an_entry_is_a_claim_and_its_life_counts_from_the_opening) {
  TokenClaims given = some_claims();
  given.place.reset();
  given.position.reset();
  given.entry = 12;
  given.counted_from = kIssued + 7'200'000;
  const std::string text = TokenText(kKey).sign(given, kIssued);
  const TokenClaims read = TokenText(kKey).read(text);
  BOOST_TEST(read.entry.value() == 12);
  BOOST_TEST(read.seq().value() == 12);
  BOOST_TEST(!read.place.has_value());
  BOOST_CHECK(read.counted_from == given.counted_from);
  const Json::Value claims = test::claims_of_jwt(text);
  BOOST_TEST(claims["entry"].asInt64() == 12);
  BOOST_TEST(claims["seq"].asInt64() == 0);
  BOOST_TEST(claims["exp"].asInt64() == 1'790'000'000 + 7200 + 24 * 3600);
}

BOOST_AUTO_TEST_CASE(the_claims_of_the_contract_are_there) {
  const Json::Value claims =
      test::claims_of_jwt(TokenText(kKey).sign(some_claims(), kIssued + 60'000));
  BOOST_TEST(claims["sub"].asString() == "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
  BOOST_TEST(claims["jti"].asString() == "42");
  BOOST_TEST(claims["queueId"].asInt64() == 7);
  BOOST_TEST(claims["seq"].asInt64() == 93283);
  BOOST_TEST(claims["status"].asString() == "WAITING");
  BOOST_TEST(claims["iat"].asInt64() == 1'790'000'060);
  BOOST_TEST(claims["exp"].asInt64() == 1'790'000'000 + 24 * 3600);
}

BOOST_AUTO_TEST_CASE(a_text_of_a_release_without_queues_is_of_the_main_one) {
  Json::Value claims = claims_as_json();
  claims.removeMember("queueId");
  BOOST_CHECK(TokenText(kKey).read(signed_text(claims)).queue == kMainQueue);
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

BOOST_AUTO_TEST_CASE(the_header_names_the_key_by_a_fingerprint_that_does_not_show_it) {
  const std::string text = TokenText(kKey).sign(some_claims(), kIssued);
  const Json::Value header = test::header_of_jwt(text);
  BOOST_TEST(header["alg"].asString() == "HS256");
  BOOST_TEST(header["kid"].asString() == fingerprint_of_key(kKey));
  BOOST_TEST(fingerprint_of_key(kKey).size() == 12U);
  BOOST_TEST(fingerprint_of_key(kKey) != fingerprint_of_key(kNewKey));
}

BOOST_AUTO_TEST_CASE(in_a_change_of_keys_each_step_accepts_what_its_neighbours_sign) {
  const std::vector<TokenText> steps{TokenText(kKey), TokenText(kKey, kNewKey),
                                     TokenText(kNewKey, kKey), TokenText(kNewKey)};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t k = 0; k < steps.size(); ++k) {
      const bool refused = is_invalid(steps[i].sign(some_claims(), kIssued), steps[k]);
      const bool old_and_new_meet = (i < 2 && k == 3) || (i >= 2 && k == 0);
      BOOST_TEST(refused == old_and_new_meet, "signed at step " << i << ", read at step " << k);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_accepted_key_signs_nothing) {
  const std::string text = TokenText(kKey, kNewKey).sign(some_claims(), kIssued);
  BOOST_TEST(test::header_of_jwt(text)["kid"].asString() == fingerprint_of_key(kKey));
  BOOST_TEST(is_invalid(text, TokenText(kNewKey)));
}

BOOST_AUTO_TEST_CASE(a_text_of_an_older_release_names_no_key_and_is_tried_with_both) {
  const TokenText reader(kNewKey, kKey);
  for (const std::string& key : {kKey, kNewKey}) {
    const std::string text = test::sign_jwt(claims_as_json(), "HS256", key);
    BOOST_TEST(!test::header_of_jwt(text).isMember("kid"));
    BOOST_TEST(!is_invalid(text, reader));
  }
  BOOST_TEST(is_invalid(test::sign_jwt(claims_as_json(), "HS256", kKey + " "), reader));
}

BOOST_AUTO_TEST_CASE(naming_a_key_does_not_replace_its_signature) {
  const TokenText reader(kNewKey, kKey);
  const std::string forged = TokenText(kKey + " ").sign(some_claims(), kIssued);
  for (const std::string& key : {kKey, kNewKey}) {
    const std::string real = TokenText(key).sign(some_claims(), kIssued);
    const std::string header = real.substr(0, real.find('.'));
    const std::string payload = forged.substr(forged.find('.'));
    BOOST_TEST(is_invalid(header + payload, reader));
    const std::string unsigned_payload = payload.substr(0, payload.rfind('.') + 1);
    BOOST_TEST(is_invalid(header + unsigned_payload, reader));
    BOOST_TEST(is_invalid(header + ".", reader));
    BOOST_TEST(is_invalid(header, reader));
  }
  for (const char* algorithm : {"none", "HS384", "HS512"}) {
    const std::string key = std::string(algorithm) == "none" ? "" : kKey;
    BOOST_TEST(is_invalid(test::sign_jwt(claims_as_json(), algorithm, key), reader), algorithm);
  }
}

BOOST_AUTO_TEST_CASE(with_two_keys_every_altered_character_makes_a_text_invalid) {
  const TokenText reader(kNewKey, kKey);
  const std::string text = TokenText(kKey).sign(some_claims(), kIssued);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(is_invalid(altered, reader), "at " << i);
  }
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
