#include <boost/test/unit_test.hpp>

#include "support/base64url.h"
#include "support/files.h"
#include "support/jwt.h"
#include "support/raw_connection.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneTokenHolder {
  Stack& stack = shared_stack();
  HttpClient client = stack.client();
  TestUser user{stack};
  std::string balance = "/client/" + user.id() + "/balance";

  std::string with(const Headers& headers) {
    return client.send({"GET", balance, headers}).outcome();
  }
  std::string with_token(const std::string& token) { return with({{"token", token}}); }

  std::string signing_key() { return text_of(stack.folder() + "/token.key"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(token_test, OneTokenHolder)

BOOST_AUTO_TEST_CASE(a_new_user_below_the_limit_is_active_at_once) {
  const auto& issued = user.issued();
  BOOST_TEST(issued.outcome() == "201");
  const Json::Value answer = issued.json();
  BOOST_TEST(answer["userId"].asString() == user.id());
  BOOST_TEST(answer["queueId"].asInt() == 1);
  BOOST_TEST(answer["status"].asString() == "ACTIVE");
  BOOST_TEST(answer["position"].asInt() == 0);
  BOOST_TEST(answer["estimatedWaitSeconds"].isInt());
  BOOST_TEST(answer["estimatedWaitSeconds"].asInt() == 0);
  BOOST_TEST(answer["expiresAt"].asString() > time_from_now(500));
  BOOST_TEST(answer["expiresAt"].asString() < time_from_now(605));
}

BOOST_AUTO_TEST_CASE(a_token_names_its_user_and_its_end) {
  const Json::Value claims = claims_of_jwt(user.token());
  BOOST_TEST(claims["sub"].asString() == user.id());
  BOOST_TEST(claims["status"].asString() == "ACTIVE");
  BOOST_TEST(claims["jti"].isString());
  BOOST_TEST(claims["queueId"].asInt() == 1);
  BOOST_TEST(claims["seq"].isInt64());
  const auto life_s = claims["exp"].asInt64() - claims["iat"].asInt64();
  BOOST_TEST(life_s <= 86400);
  BOOST_TEST(life_s > 86400 - 60);
}

BOOST_AUTO_TEST_CASE(a_repeated_call_signs_the_same_token_again) {
  const std::string first = user.token();
  const auto again = user.rejoin();
  BOOST_TEST(again.outcome() == "200");
  BOOST_TEST(claims_of_jwt(user.token())["jti"] == claims_of_jwt(first)["jti"]);
  BOOST_TEST(with_token(first) == "200");
}

BOOST_AUTO_TEST_CASE(the_alias_means_the_same) {
  HttpRequest request = token_request(user.id());
  request.path = "/client/token";
  const auto again = client.send(request);
  BOOST_TEST(again.outcome() == "200");
  BOOST_TEST(claims_of_jwt(again.json()["token"].asString())["jti"] ==
             claims_of_jwt(user.token())["jti"]);
  request = token_request(new_uuid());
  request.path = "/client/token";
  BOOST_TEST(client.send(request).outcome() == "201");
}

BOOST_AUTO_TEST_CASE(the_token_travels_in_either_header) {
  BOOST_TEST(with({{"token", user.token()}}) == "200");
  BOOST_TEST(with({{"Authorization", "Bearer " + user.token()}}) == "200");
  BOOST_TEST(with({{"Authorization", "bearer " + user.token()}}) == "200");
  BOOST_TEST(with({{"token", user.token()}, {"Authorization", "Bearer " + user.token()}}) == "200");
}

BOOST_AUTO_TEST_CASE(two_different_tokens_are_invalid_even_if_both_are_genuine) {
  const std::string other = TestUser(stack).token();
  BOOST_TEST(with({{"token", user.token()}, {"Authorization", "Bearer " + other}}) ==
             "401 TOKEN_INVALID");
  BOOST_TEST(with({{"token", other}, {"Authorization", "Bearer " + user.token()}}) ==
             "401 TOKEN_INVALID");
  // The same header twice.
  const auto twice = send_raw(stack.port(),
                              "GET " + balance + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
                                  "token: " + user.token() + "\r\ntoken: " + other + "\r\n\r\n",
                              {"GET", balance});
  BOOST_TEST(twice.outcome() == "401 TOKEN_INVALID");
}

BOOST_AUTO_TEST_CASE(no_token_is_asked_for) {
  BOOST_TEST(with({}) == "401 TOKEN_REQUIRED");
  BOOST_TEST(with({{"token", ""}}) == "401 TOKEN_REQUIRED");
  BOOST_TEST(with({{"Authorization", "Basic dTpw"}}) == "401 TOKEN_REQUIRED");
  BOOST_TEST(client.send({"GET", balance + "?token=" + user.token()}).outcome() ==
             "401 TOKEN_REQUIRED");
}

BOOST_AUTO_TEST_CASE(each_altered_character_makes_a_token_invalid) {
  const std::string genuine = user.token();
  for (std::size_t i = 0; i < genuine.size(); ++i) {
    std::string altered = genuine;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(with_token(altered) == "401 TOKEN_INVALID", "at " << i << " of " << genuine);
  }
  BOOST_TEST(with_token(genuine) == "200");
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_token_is_invalid) {
  const std::string genuine = user.token();
  const auto signature = genuine.rfind('.');
  for (const std::string& token :
       Texts{"x", "...", "a.b.c", "null", genuine + "A", genuine + ".", "A" + genuine,
             genuine.substr(0, signature), genuine.substr(0, signature + 1), genuine.substr(1),
             genuine + "." + genuine, genuine + "=", genuine + ", " + genuine,
             std::string(7000, 'e'), base64url("{") + "." + base64url("{") + "." + base64url("{"),
             base64url("[]") + "." + base64url("[]") + "." + base64url("")}) {
    BOOST_TEST(with_token(token) == "401 TOKEN_INVALID", token.substr(0, 60));
  }
}

BOOST_AUTO_TEST_CASE(a_token_of_another_key_or_algorithm_is_invalid) {
  const Json::Value claims = claims_of_jwt(user.token());
  const std::string key = signing_key();
  BOOST_TEST(with_token(sign_jwt(claims, "HS256", key)) == "200");
  BOOST_TEST(with_token(sign_jwt(claims, "HS256", "another key of thirty-two bytes or more")) ==
             "401 TOKEN_INVALID");
  BOOST_TEST(with_token(sign_jwt(claims, "HS256", "x")) == "401 TOKEN_INVALID");
  for (const std::string& algorithm : Texts{"HS384", "HS512"}) {
    BOOST_TEST(with_token(sign_jwt(claims, algorithm, key)) == "401 TOKEN_INVALID", algorithm);
  }
}

BOOST_AUTO_TEST_CASE(an_unsigned_token_is_invalid) {
  const Json::Value claims = claims_of_jwt(user.token());
  const std::string genuine = user.token();
  const std::string rest = genuine.substr(genuine.find('.'));
  BOOST_TEST(with_token(sign_jwt(claims, "none", "")) == "401 TOKEN_INVALID");
  for (const std::string& none : Texts{"none", "None", "NONE", "", "nOnE"}) {
    const std::string header = base64url(R"({"typ":"JWT","alg":")" + none + "\"}");
    BOOST_TEST(with_token(header + rest) == "401 TOKEN_INVALID");
    BOOST_TEST(with_token(header + rest.substr(0, rest.rfind('.') + 1)) == "401 TOKEN_INVALID");
  }
  BOOST_TEST(with_token(base64url(R"({"typ":"JWT"})") + rest) == "401 TOKEN_INVALID");
}

BOOST_AUTO_TEST_CASE(a_token_without_its_claims_is_invalid_though_well_signed) {
  const Json::Value claims = claims_of_jwt(user.token());
  for (const std::string& name : Texts{"sub", "jti", "status"}) {
    Json::Value fewer = claims;
    fewer.removeMember(name);
    BOOST_TEST(with_token(sign_jwt(fewer, "HS256", signing_key())) == "401 TOKEN_INVALID", name);
    fewer[name] = Json::Value(Json::arrayValue);
    BOOST_TEST(with_token(sign_jwt(fewer, "HS256", signing_key())) == "401 TOKEN_INVALID", name);
  }
}

BOOST_AUTO_TEST_CASE(older_texts_stay_good_after_a_refresh) {
  const std::string first = user.token();
  const auto refreshed = user.refresh();
  BOOST_TEST(refreshed.outcome() == "200");
  BOOST_TEST(refreshed.json()["status"].asString() == "ACTIVE");
  BOOST_TEST(refreshed.json()["userId"].asString() == user.id());
  const std::string second = refreshed.json()["token"].asString();
  BOOST_TEST(with_token(first) == "200");
  BOOST_TEST(with_token(second) == "200");
  BOOST_TEST(claims_of_jwt(first)["exp"] == claims_of_jwt(second)["exp"]);
}

BOOST_AUTO_TEST_CASE(a_user_who_left_has_no_access_at_once_and_may_leave_twice) {
  BOOST_TEST(with_token(user.token()) == "200");
  const auto left = user.leave();
  BOOST_TEST(left.outcome() == "204");
  BOOST_TEST(left.body.empty());
  BOOST_TEST(user.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.charge(1).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.leave().outcome() == "204");
}

BOOST_AUTO_TEST_CASE(a_user_who_left_may_come_back_with_a_new_token) {
  const std::string first = user.token();
  user.leave();
  BOOST_TEST(user.rejoin().outcome() == "201");
  BOOST_TEST(claims_of_jwt(user.token())["jti"] != claims_of_jwt(first)["jti"]);
  BOOST_TEST(with_token(user.token()) == "200");
  const auto old = [&](const std::string& path) {
    return client.send({"GET", path, {{"token", first}}, std::nullopt}).outcome();
  };
  BOOST_TEST(old("/concerts") == "401 TOKEN_EXPIRED");
  BOOST_TEST(old("/token/refresh") == "401 TOKEN_EXPIRED");
  // The old text works only for the user's records, and for leaving.
  BOOST_TEST(with_token(first) == "200");
  BOOST_TEST(client.send({"DELETE", "/token", {{"token", first}}}).outcome() == "204");
  BOOST_TEST(with_token(user.token()) == "200");
}

BOOST_AUTO_TEST_CASE(leaving_takes_a_genuine_token) {
  BOOST_TEST(client.send({"DELETE", "/token"}).outcome() == "401 TOKEN_REQUIRED");
  BOOST_TEST(client.send({"DELETE", "/token", {{"token", "x"}}}).outcome() == "401 TOKEN_INVALID");
  BOOST_TEST(client.send({"GET", "/token/refresh"}).outcome() == "401 TOKEN_REQUIRED");
  BOOST_TEST(client.send({"GET", "/token/refresh", {{"token", "x"}}}).outcome() ==
             "401 TOKEN_INVALID");
}

BOOST_AUTO_TEST_CASE(with_an_open_identity_no_login_is_looked_at) {
  const auto issued =
      client.send(token_request(new_uuid(), {{"Authorization", "Bearer anything"}}));
  BOOST_TEST(issued.outcome() == "201");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
