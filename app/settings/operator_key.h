#pragma once

#include <string>
#include <string_view>

namespace concert {

enum class KeyAlgorithm { hs256, rs256, es256 };

// What `key` is, as in "an SSH key", if it has the form of a document that tells a key to others,
// which no secret has; otherwise empty.
std::string_view document_kind(const std::string& key);

// The one algorithm for the key of a service of the operator, such as "login service": HS256 for a
// secret, RS256 or ES256 for a public key in PEM (RSA or EC). A public key is never an HS256
// secret, because everybody who has it could sign what the service signs: a key in JSON, DER, SSH's
// form or a damaged PEM is refused. Throws std::invalid_argument with the rest of a sentence on
// what the key is instead.
KeyAlgorithm key_algorithm(const std::string& key, std::string_view service);

// Whether two keys verify the same signatures: secrets that are one for people, whose editors end a
// file in their own way, or for HMAC, which fills a short key up with zero bytes; public keys that
// are one, however their PEM is written.
bool is_same_key(const std::string& one, const std::string& other);

}  // namespace concert
