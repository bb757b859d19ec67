#include "service/access/identity.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <boost/test/unit_test.hpp>
#include <ctime>
#include <memory>

#include "domain/refusal.h"
#include "support/jwt.h"

namespace concert {
namespace {

const std::string kSecret = "a login secret for tests of 32 bytes or more";
const std::string kUser = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";

using test::KeyPair;
using test::pem_of;

const KeyPair& rsa() { return test::rsa_keys(); }
const KeyPair& elliptic() { return test::elliptic_keys(); }

// What is between the first and the last line of a PEM.
std::string pem_body(const std::string& pem) {
  const auto begin = pem.find('\n') + 1;
  return pem.substr(begin, pem.find("-----END") - begin);
}

std::string from_base64_lines(std::string text) {
  std::erase(text, '\n');
  std::string bytes(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  bytes.resize(static_cast<std::size_t>(length) - (text.size() - text.find_last_not_of('=') - 1));
  return bytes;
}

// `write` is one of OpenSSL's i2d functions.
template <class Key>
std::string der_of(const Key* key, int (*write)(const Key*, unsigned char**)) {
  unsigned char* bytes = nullptr;
  const int length = write(key, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return der;
}

Json::Value login(std::int64_t seconds_left = 60) {
  Json::Value claims(Json::objectValue);
  claims["sub"] = kUser;
  claims["exp"] = static_cast<Json::Int64>(std::time(nullptr) + seconds_left);
  return claims;
}

// The user that the identity takes the bearer for; empty if it refuses.
std::string named_by(const std::string& key, const std::optional<std::string>& bearer,
                     const std::string& audience = "", const std::string& issuer = "") {
  const Identity identity(IdentityMode::jwt, key, audience, issuer);
  try {
    return identity.subject(bearer)->text();
  } catch (const Refusal& refusal) {
    BOOST_CHECK(refusal.reason() == Reason::identity_required);
    return "";
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identity_test)

BOOST_AUTO_TEST_CASE(everybodys_word_is_accepted_where_it_is_open) {
  const Identity identity(IdentityMode::open, "");
  BOOST_TEST(!identity.subject(std::nullopt));
  BOOST_TEST(!identity.subject("whatever"));
}

BOOST_AUTO_TEST_CASE(each_kind_of_key_names_its_user) {
  BOOST_TEST(named_by(kSecret, test::sign_jwt(login(), "HS256", kSecret)) == kUser);
  BOOST_TEST(named_by(rsa().public_pem, test::sign_jwt(login(), "RS256", rsa().private_pem)) ==
             kUser);
  BOOST_TEST(named_by(elliptic().public_pem,
                      test::sign_jwt(login(), "ES256", elliptic().private_pem)) == kUser);
}

BOOST_AUTO_TEST_CASE(nobody_is_named_without_a_login) {
  for (const auto& bearer :
       {std::optional<std::string>(), std::optional<std::string>(""),
        std::optional<std::string>("x"), std::optional<std::string>("a.b.c")}) {
    BOOST_TEST(named_by(kSecret, bearer).empty());
    BOOST_TEST(named_by(rsa().public_pem, bearer).empty());
  }
}

BOOST_AUTO_TEST_CASE(an_expired_login_names_nobody) {
  BOOST_TEST(named_by(kSecret, test::sign_jwt(login(-1), "HS256", kSecret)).empty());
  BOOST_TEST(named_by(kSecret, test::sign_jwt(login(0), "HS256", kSecret)).empty());
}

BOOST_AUTO_TEST_CASE(a_login_without_an_end_or_with_one_of_another_form_names_nobody) {
  Json::Value claims = login();
  claims.removeMember("exp");
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
  for (const Json::Value& end : {Json::Value("tomorrow"), Json::Value("99999999999"),
                                 Json::Value(true), Json::Value(Json::arrayValue)}) {
    claims["exp"] = end;
    BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
  }
}

BOOST_AUTO_TEST_CASE(the_moments_of_a_login_may_have_fractions) {
  Json::Value claims = login();
  claims["nbf"] = static_cast<double>(std::time(nullptr)) - 30.5;
  claims["exp"] = static_cast<double>(std::time(nullptr)) + 300.5;
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)) == kUser);
  claims["exp"] = static_cast<double>(std::time(nullptr)) - 0.5;
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
}

BOOST_AUTO_TEST_CASE(a_login_that_is_not_valid_yet_names_nobody) {
  Json::Value claims = login();
  claims["nbf"] = static_cast<Json::Int64>(std::time(nullptr) + 30);
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
  claims["nbf"] = static_cast<double>(std::time(nullptr)) + 30.5;
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
  claims["nbf"] = static_cast<Json::Int64>(std::time(nullptr) - 30);
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)) == kUser);
}

BOOST_AUTO_TEST_CASE(a_login_names_nobody_without_a_uuid_for_its_subject) {
  Json::Value claims = login();
  claims.removeMember("sub");
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
  for (const Json::Value& sub : {Json::Value("somebody"), Json::Value(1), Json::Value("")}) {
    claims["sub"] = sub;
    BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_login_signed_otherwise_names_nobody) {
  for (const char* algorithm : {"HS384", "HS512", "none"}) {
    BOOST_TEST(named_by(kSecret, test::sign_jwt(login(), algorithm, kSecret)).empty(), algorithm);
  }
  for (const char* algorithm : {"RS384", "RS512", "none"}) {
    BOOST_TEST(
        named_by(rsa().public_pem, test::sign_jwt(login(), algorithm, rsa().private_pem)).empty(),
        algorithm);
  }
  const KeyPair other = pem_of(EVP_RSA_gen(2048));
  BOOST_TEST(
      named_by(rsa().public_pem, test::sign_jwt(login(), "RS256", other.private_pem)).empty());
  BOOST_TEST(named_by(kSecret,
                      test::sign_jwt(login(), "HS256", "another login secret of 32 bytes or more"))
                 .empty());
  BOOST_TEST(
      named_by(elliptic().public_pem, test::sign_jwt(login(), "RS256", rsa().private_pem)).empty());
}

BOOST_AUTO_TEST_CASE(a_login_for_another_service_names_nobody) {
  const auto with = [](const Json::Value& audience) {
    Json::Value claims = login();
    if (!audience.isNull()) claims["aud"] = audience;
    return named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret), "tickets");
  };
  Json::Value list(Json::arrayValue);
  BOOST_TEST(with(list).empty());
  list.append("shop");
  list.append(7);
  BOOST_TEST(with(list).empty());
  list.append("tickets");
  BOOST_TEST(with(list) == kUser);
  BOOST_TEST(with("tickets") == kUser);
  Json::Value object(Json::objectValue);
  object["tickets"] = "tickets";
  for (const Json::Value& other : {Json::Value(), Json::Value("shop"), Json::Value("ticket"),
                                   Json::Value("tickets "), Json::Value(1), object})
    BOOST_TEST(with(other).empty());
  Json::Value deep("tickets");
  for (int i = 0; i < 1500; ++i) {
    Json::Value around(Json::arrayValue);
    around.append(std::move(deep));
    deep = std::move(around);
  }
  BOOST_TEST(with(deep).empty());
  // Without a wish any will do.
  Json::Value claims = login();
  claims["aud"] = "shop";
  BOOST_TEST(named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret)) == kUser);
}

BOOST_AUTO_TEST_CASE(a_login_of_another_issuer_names_nobody) {
  const auto from = [](const Json::Value& issuer) {
    Json::Value claims = login();
    if (!issuer.isNull()) claims["iss"] = issuer;
    return named_by(kSecret, test::sign_jwt(claims, "HS256", kSecret), "", "https://login");
  };
  BOOST_TEST(from("https://login") == kUser);
  Json::Value list(Json::arrayValue);
  list.append("https://login");
  for (const Json::Value& other :
       {Json::Value(), Json::Value("https://login/"), Json::Value(""), Json::Value(1), list})
    BOOST_TEST(from(other).empty());
}

// RFC 7515, 4.1.11: what says that it must be understood, and is not, is refused.
BOOST_AUTO_TEST_CASE(a_login_with_a_critical_header_names_nobody) {
  for (const std::string header :
       {R"({"alg":"HS256","crit":["b64"],"b64":true})", R"({"alg":"HS256","crit":["exp"]})",
        R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","crit":null})"})
    BOOST_TEST(named_by(kSecret, test::sign_jwt_with_header(header, login(), kSecret)).empty(),
               header);
  BOOST_TEST(named_by(kSecret, test::sign_jwt_with_header(R"({"alg":"HS256","x":["b64"]})", login(),
                                                          kSecret)) == kUser);
}

BOOST_AUTO_TEST_CASE(a_public_key_is_no_secret) {
  // Knowing the public key must not suffice to sign.
  BOOST_TEST(
      named_by(rsa().public_pem, test::sign_jwt(login(), "HS256", rsa().public_pem)).empty());
  BOOST_TEST(
      named_by(elliptic().public_pem, test::sign_jwt(login(), "HS256", elliptic().public_pem))
          .empty());
}

BOOST_AUTO_TEST_CASE(a_key_that_is_neither_secret_nor_public_key_is_refused) {
  for (const std::string& key :
       {std::string(), std::string("short"), std::string(31, 'k'),
        std::string("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----"),
        rsa().private_pem}) {
    BOOST_CHECK_THROW(Identity(IdentityMode::jwt, key), std::invalid_argument);
  }
  for (EVP_PKEY* key : {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_EC_gen("P-384"),
                        EVP_EC_gen("secp256k1"), EVP_RSA_gen(1024)}) {
    BOOST_CHECK_THROW(Identity(IdentityMode::jwt, pem_of(key).public_pem), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(a_public_key_in_any_other_form_is_no_secret_either) {
  const std::string& pem = rsa().public_pem;
  const std::string base64 = pem_body(pem);
  const std::string der = from_base64_lines(base64);
  const std::string ssh_blob =
      "AAAAB3NzaC1yc2EAAAADAQABAAABAQC7yTn0GqPvV5uLk0zHcYf1n8mEJ2sXbD4rTQwA9oKiLpUe";
  const std::string point =
      R"("kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})";
  for (const std::string& key :
       {R"({"keys":[{)" + point + "]}", "\n {" + point, "\xEF\xBB\xBF[{" + point + "]", der,
        "ssh-rsa " + ssh_blob + " login@example.org", ssh_blob, "ecdsa-sha2-nistp256 " + ssh_blob,
        "---- BEGIN SSH2 PUBLIC KEY ----\n" + ssh_blob + "\n---- END SSH2 PUBLIC KEY ----", base64,
        base64.substr(0, base64.find('\n')) + base64.substr(base64.find('\n') + 1),
        pem.substr(pem.find('\n') + 1), pem.substr(0, pem.rfind('\n', pem.size() - 2)),
        pem.substr(1), pem_body(elliptic().public_pem),
        std::string(R"({"keys":[],"issuer":"https://login.example.org"})"),
        std::string(R"({"jwks_uri":"https://login.example.org/keys.json"})"),
        "sk-ssh-ed25519@openssh.com " + ssh_blob,
        "sk-ecdsa-sha2-nistp256@openssh.com " + ssh_blob}) {
    BOOST_CHECK_THROW(Identity(IdentityMode::jwt, key), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(a_public_key_in_base64url_is_no_secret) {
  std::string text;
  for (const char c : pem_body(rsa().public_pem)) {
    if (c != '\n' && c != '=') text += c == '+' ? '-' : c == '/' ? '_' : c;
  }
  BOOST_CHECK_THROW(Identity(IdentityMode::jwt, text), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_certificate_a_private_key_and_an_rsa_key_in_der_are_no_secrets) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 60);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  for (const std::string& der :
       {der_of<X509>(certificate.get(), i2d_X509), der_of<EVP_PKEY>(key.get(), i2d_PublicKey),
        from_base64_lines(pem_body(rsa().private_pem))}) {
    BOOST_TEST(der.size() >= 32U);
    BOOST_CHECK_THROW(Identity(IdentityMode::jwt, der), std::invalid_argument);
  }
}

// The file's reader takes a last newline away.
BOOST_AUTO_TEST_CASE(a_public_key_in_der_whose_last_byte_is_a_newline_is_no_secret) {
  std::string der;
  while (!der.ends_with('\n'))
    der = from_base64_lines(pem_body(pem_of(EVP_EC_gen("P-256")).public_pem));
  der.pop_back();
  BOOST_CHECK_THROW(Identity(IdentityMode::jwt, der), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_secret_may_look_a_little_like_a_key) {
  for (const std::string& key :
       {std::string(32, '0'), "{" + std::string(32, 'k') + "}", std::string(43, 'A') + "=",
        std::string("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"), std::string(32, '\0')}) {
    BOOST_CHECK_NO_THROW(Identity(IdentityMode::jwt, key));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
