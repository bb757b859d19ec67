#pragma once

#include <jwt.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

struct FreeJwt {
  void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};
using Jwt = std::unique_ptr<jwt_t, FreeJwt>;
using JwtText = std::unique_ptr<char, decltype(&std::free)>;

// Decodes and verifies a JWT. Null unless the signature is valid and made with `algorithm`, and the
// header has no `crit`, which demands extensions that are not understood here.
inline Jwt decode_jwt(const std::string& text, const std::string& key, jwt_alg_t algorithm) {
  // libjwt would stop reading at the first NUL.
  if (text.find('\0') != std::string::npos) return nullptr;
  jwt_t* raw = nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  if (jwt_decode(&raw, text.c_str(), bytes, static_cast<int>(key.size())) != 0) return nullptr;
  Jwt jwt(raw);
  if (jwt_get_alg(jwt.get()) != algorithm) return nullptr;
  const JwtText crit(jwt_get_headers_json(jwt.get(), "crit"), &std::free);
  if (crit) return nullptr;
  return jwt;
}

inline std::optional<std::string> text_grant(jwt_t* jwt, const char* name) {
  const char* text = jwt_get_grant(jwt, name);
  if (text == nullptr) return std::nullopt;
  return std::string(text);
}

// A grant as JSON text; null where it is missing.
inline JwtText json_grant(jwt_t* jwt, const char* name) {
  return {jwt_get_grants_json(jwt, name), &std::free};
}

// A missing or non-integer grant is nothing.
inline std::optional<std::int64_t> number_grant(jwt_t* jwt, const char* name) {
  errno = 0;
  const long number = jwt_get_grant_int(jwt, name);
  if (errno != 0) return std::nullopt;
  if (number != 0) return number;
  // libjwt returns 0 for a grant that is no integer as well.
  const JwtText text = json_grant(jwt, name);
  if (!text || std::string_view(text.get()) != "0") return std::nullopt;
  return 0;
}

}  // namespace concert
