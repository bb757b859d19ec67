#include "settings/ticket_key.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "base/encoding.h"
#include "http/to_json.h"
#include "support/jwt.h"
#include "support/ticket_key.h"

namespace concert {
namespace {

struct Vector {
  const char* key;
  std::string text;
  std::string public_key;
  std::string signature;
};

// As RFC 8032 prints them, section 7.1, but the secrets.
const Vector kVectors[] = {
    {test::kTicketKey, "", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {test::kOtherTicketKey, "\x72",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
};

// Why it is no key of tickets; empty if it is one.
std::string fault_of_key(const std::string& pem) {
  try {
    TicketKey{pem};
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ticket_key_test)

BOOST_AUTO_TEST_CASE(it_signs_as_rfc_8032_says) {
  for (const Vector& vector : kVectors) {
    const TicketKey key(vector.key);
    BOOST_TEST(hex(key.public_key()) == vector.public_key);
    BOOST_TEST(hex(key.sign(vector.text)) == vector.signature);
    BOOST_TEST(key.has_signed(vector.text, key.sign(vector.text)));
  }
}

BOOST_AUTO_TEST_CASE(a_signature_is_of_one_text_and_one_key) {
  const TicketKey key(test::kTicketKey);
  const std::string signature = key.sign("text");
  BOOST_TEST(key.has_signed("text", signature));
  BOOST_TEST(!key.has_signed("texT", signature));
  BOOST_TEST(!key.has_signed("", signature));
  BOOST_TEST(!TicketKey(test::kOtherTicketKey).has_signed("text", signature));
  for (std::size_t at = 0; at < signature.size(); ++at) {
    std::string altered = signature;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    BOOST_TEST(!key.has_signed("text", altered), at);
  }
  BOOST_TEST(!key.has_signed("text", signature.substr(1)));
  BOOST_TEST(!key.has_signed("text", signature + '\0'));
  BOOST_TEST(!key.has_signed("text", ""));
}

BOOST_AUTO_TEST_CASE(any_other_kind_of_key_is_refused) {
  BOOST_TEST(fault_of_key(test::kTicketKey).empty());
  // Of `openssl genpkey -algorithm ed25519 -aes128 -pass pass:x`.
  const std::string with_password =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjclyudms50jQICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEEfO+8nkrHjpaTXUKYNF2O0EQIuM\n"
      "TzZJD56Fujd0HjG2vMvozuU20DNjNtBgntm9raxmbHTZUlY+wjI6qxdJbXg0X2k7\n"
      "ecbG3NxXLZ6oyBOgT1c=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  const std::string public_half =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
      "-----END PUBLIC KEY-----\n";
  const std::string whole = test::kTicketKey;
  for (const std::string& pem : {std::string(), std::string(48, 'k'), with_password, public_half,
                                 test::rsa_keys().private_pem, test::elliptic_keys().private_pem,
                                 whole.substr(0, whole.size() / 2)}) {
    const std::string fault = fault_of_key(pem);
    BOOST_TEST(fault.find("not an Ed25519 private key") == 0U, pem);
    BOOST_TEST(fault.find("openssl genpkey -algorithm ed25519") != std::string::npos, pem);
  }
}

BOOST_AUTO_TEST_CASE(the_public_half_is_a_jwk) {
  // RFC 8037, appendix A.2.
  const Json::Value jwk = to_json(TicketKey(test::kTicketKey));
  BOOST_TEST(jwk["kty"] == "OKP");
  BOOST_TEST(jwk["crv"] == "Ed25519");
  BOOST_TEST(jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  BOOST_TEST(jwk["use"] == "sig");
  BOOST_TEST(jwk["alg"] == "EdDSA");
  BOOST_TEST(jwk.size() == 5U);  // nothing of the secret
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
