#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct jwt;

namespace concert {

// What a service of the operator (login, payment) says in a JWT, once its signature is checked. A
// claim that is missing or of another form is nothing.
class OperatorClaims {
 public:
  explicit OperatorClaims(std::shared_ptr<jwt> checked) : jwt_(std::move(checked)) {}

  std::optional<std::string> text(const char* name) const;
  std::optional<std::int64_t> integer(const char* name) const;

  // Whether `aud`, a text or a list of texts, names the audience.
  bool is_for(const std::string& audience) const;

  // Whether `exp` is a time; whether now is before it, and not before `nbf`, if there is one.
  //
  // The clock is this host's, not the database's: the service that made these times has no other
  // relation to ours than that both hosts follow the time of day.
  bool has_end() const;
  bool is_valid_now() const;

 private:
  std::shared_ptr<jwt> jwt_;
};

// Reads the JWTs of one service of the operator.
class OperatorKey {
 public:
  // An HS256 secret or a PEM public key (RSA: RS256, EC: ES256) of the service, such as "login
  // service". Throws std::invalid_argument, which says what it is instead, if it is neither.
  OperatorKey(std::string key, std::string_view service);

  // Nothing unless the signature is valid and made with the one algorithm of the key, and the
  // header has no `crit`.
  std::optional<OperatorClaims> read(const std::string& text) const;

 private:
  std::string key_;
  int algorithm_;
};

}  // namespace concert
