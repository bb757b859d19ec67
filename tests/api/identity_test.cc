#include <boost/test/unit_test.hpp>
#include <ctime>
#include <fstream>

#include "support/files.h"
#include "support/jwt.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

const std::string kSecret = "the login service's secret of 32 bytes or more";

// Keys of a login service: a secret, or a private key with the public one beside it.
class LoginKeys {
 public:
  LoginKeys() { std::ofstream(secret_file()) << kSecret << '\n'; }

  std::string secret_file() const { return folder_.path() + "/secret"; }
  std::string public_file() const { return folder_.path() + "/public.pem"; }
  std::string private_key() const { return text_of(folder_.path() + "/private.pem"); }

  void generate(const std::vector<std::string>& kind) const {
    std::vector<std::string> command{"openssl", "genpkey", "-out", folder_.path() + "/private.pem"};
    command.insert(command.end(), kind.begin(), kind.end());
    BOOST_REQUIRE(run(command).exit_code == 0);
    BOOST_REQUIRE(run({"openssl", "pkey", "-pubout", "-in", folder_.path() + "/private.pem", "-out",
                       public_file()})
                      .exit_code == 0);
  }

 private:
  ScratchFolder folder_;
};

Json::Value login_of(const std::string& user, std::int64_t life_s = 3600) {
  Json::Value claims(Json::objectValue);
  claims["sub"] = user;
  claims["exp"] = static_cast<Json::Int64>(std::time(nullptr) + life_s);
  return claims;
}

std::string join(const Stack& stack, const std::string& user, const std::string& login) {
  return stack.client().send(token_request(user, {{"Authorization", "Bearer " + login}})).outcome();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identity_test)

BOOST_AUTO_TEST_CASE(a_login_signed_with_the_secret_is_needed) {
  const LoginKeys keys;
  const Stack stack{{"identity", "jwt"}, {"identity_key_file", keys.secret_file()}};
  const std::string user = new_uuid();
  const auto with = [&](const std::string& login) { return join(stack, user, login); };
  const auto sign = [](const Json::Value& claims) { return sign_jwt(claims, "HS256", kSecret); };

  BOOST_TEST(stack.client().send(token_request(user)).outcome() == "401 IDENTITY_REQUIRED");
  for (const std::string& login :
       Texts{"x", sign_jwt(login_of(user), "HS256", kSecret + "x"),
             sign_jwt(login_of(user), "HS512", kSecret), sign_jwt(login_of(user), "none", ""),
             sign(login_of(user, -1)), sign(login_of("somebody")), sign(login_of(""))}) {
    BOOST_TEST(with(login) == "401 IDENTITY_REQUIRED", login);
  }
  for (const char* claim : {"sub", "exp"}) {
    Json::Value fewer = login_of(user);
    fewer.removeMember(claim);
    BOOST_TEST(with(sign(fewer)) == "401 IDENTITY_REQUIRED", claim);
  }
  BOOST_TEST(with(sign(login_of(new_uuid()))) == "403 NOT_YOURS");
  BOOST_TEST(with(sign(login_of(user))) == "201");
  BOOST_TEST(with(sign(login_of(user))) == "200");
}

BOOST_AUTO_TEST_CASE(the_identity_is_checked_before_the_form_of_the_body) {
  const LoginKeys keys;
  const Stack stack{{"identity", "jwt"}, {"identity_key_file", keys.secret_file()}};
  HttpClient client = stack.client();
  const std::string user = new_uuid();
  const std::string login = "Bearer " + sign_jwt(login_of(user), "HS256", kSecret);
  const auto send = [&](const Headers& headers, const std::string& body) {
    return client.send({"POST", "/client/token", headers, body}).outcome();
  };
  BOOST_TEST(send({}, "x") == "401 IDENTITY_REQUIRED");
  BOOST_TEST(send({{"Authorization", login}}, "x") == "415 MEDIA_TYPE");
  const Headers json{{"Authorization", login}, {"Content-Type", "application/json"}};
  BOOST_TEST(send(json, "x") == "400 MALFORMED_JSON");
  BOOST_TEST(send(json, "{}") == "422 FIELD_INVALID");
  BOOST_TEST(send(json, R"({"userId": ")" + user + "\"}") == "201");
  // All other calls need the queue token, not the login.
  const std::string token = client.send({"POST", "/token", json, R"({"userId": ")" + user + "\"}"})
                                .json()["token"]
                                .asString();
  BOOST_TEST(client.send({"GET", "/concerts", {{"Authorization", login}}}).outcome() ==
             "401 TOKEN_INVALID");
  BOOST_TEST(client.send({"GET", "/concerts", {{"token", token}}}).outcome() == "200");
  BOOST_TEST(join(stack, user, token) == "401 IDENTITY_REQUIRED");
}

BOOST_AUTO_TEST_CASE(a_login_is_for_this_service_and_from_its_login_service) {
  const LoginKeys keys;
  const Stack stack{{"identity", "jwt"},
                    {"identity_key_file", keys.secret_file()},
                    {"identity_audience", "tickets"},
                    {"identity_issuer", "login"}};
  const std::string user = new_uuid();
  const auto with = [&](const char* audience, const char* issuer) {
    Json::Value claims = login_of(user);
    if (audience != nullptr) claims["aud"] = audience;
    if (issuer != nullptr) claims["iss"] = issuer;
    return join(stack, user, sign_jwt(claims, "HS256", kSecret));
  };
  BOOST_TEST(with(nullptr, nullptr) == "401 IDENTITY_REQUIRED");
  BOOST_TEST(with("shop", "login") == "401 IDENTITY_REQUIRED");
  BOOST_TEST(with("tickets", "another") == "401 IDENTITY_REQUIRED");
  BOOST_TEST(with("tickets", "login") == "201");
}

BOOST_AUTO_TEST_CASE(a_public_rsa_key_accepts_only_rs256) {
  const LoginKeys keys;
  keys.generate({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
  const Stack stack{{"identity", "jwt"}, {"identity_key_file", keys.public_file()}};
  const std::string user = new_uuid();
  BOOST_TEST(join(stack, user, sign_jwt(login_of(user), "RS256", keys.private_key())) == "201");
  BOOST_TEST(join(stack, user, sign_jwt(login_of(user), "RS384", keys.private_key())) ==
             "401 IDENTITY_REQUIRED");
  // The public key is public: it must not be accepted as a secret.
  BOOST_TEST(join(stack, user, sign_jwt(login_of(user), "HS256", text_of(keys.public_file()))) ==
             "401 IDENTITY_REQUIRED");
}

BOOST_AUTO_TEST_CASE(a_public_elliptic_key_accepts_only_es256) {
  const LoginKeys keys;
  keys.generate({"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"});
  const Stack stack{{"identity", "jwt"}, {"identity_key_file", keys.public_file()}};
  const std::string user = new_uuid();
  BOOST_TEST(join(stack, user, sign_jwt(login_of(user), "ES256", keys.private_key())) == "201");
  BOOST_TEST(join(stack, user, sign_jwt(login_of(user), "HS256", text_of(keys.public_file()))) ==
             "401 IDENTITY_REQUIRED");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
