#pragma once

#include <string>

namespace concert {

enum class KeyAlgorithm { hs256, rs256, es256 };

// The one algorithm that fits the key of the login service: an HS256 secret, or a PEM public key
// (RSA: RS256, EC: ES256). A public key is never an HS256 secret, because everybody who has it
// could sign logins: a key in JSON, DER, SSH's form or a damaged PEM is refused. Throws
// std::invalid_argument, which says what the key is instead, if it is neither.
KeyAlgorithm key_algorithm(const std::string& key);

}  // namespace concert
