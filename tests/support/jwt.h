#pragma once

#include <json/json.h>
#include <openssl/evp.h>

#include <string>

namespace concert::test {

// A JWT of `claims`, signed by `algorithm` ("HS256", "RS256", "none" ...) with a secret or, for
// asymmetric ones, a private key in PEM.
std::string sign_jwt(const Json::Value& claims, const std::string& algorithm,
                     const std::string& key);

// A JWT with that header, as it is, signed by HS256.
std::string sign_jwt_with_header(const std::string& header, const Json::Value& claims,
                                 const std::string& secret);

// A key pair in PEM.
struct KeyPair {
  std::string private_pem;
  std::string public_pem;
};
// Frees `key`.
KeyPair pem_of(EVP_PKEY* key);
// For RS256 and ES256; always the same ones within a process.
const KeyPair& rsa_keys();
const KeyPair& elliptic_keys();

// The header and the claims of a JWT, whatever its signature.
Json::Value header_of_jwt(const std::string& token);
Json::Value claims_of_jwt(const std::string& token);

}  // namespace concert::test
