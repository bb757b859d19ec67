#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/user_id.h"

namespace concert {

// A value bound to a placeholder.
class Value {
 public:
  Value(std::int64_t number) : value_(number) {}               // NOLINT: a binding reads best bare
  Value(int number) : value_(std::int64_t{number}) {}          // NOLINT
  Value(std::string text) : value_(std::move(text)) {}         // NOLINT
  Value(std::string_view text) : value_(std::string(text)) {}  // NOLINT
  Value(const char* text) : value_(std::string(text)) {}       // NOLINT
  Value(const UserId& user) : value_(user.binary()) {}         // NOLINT
  Value(Instant at) : value_(at.sql()) {}                      // NOLINT
  template <class Tag>
  Value(Id<Tag> id) : value_(id.value) {}  // NOLINT
  template <class T>
  Value(const std::optional<T>& value) {  // NOLINT
    if (value) *this = Value(*value);
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }

 private:
  std::variant<std::monostate, std::int64_t, std::string> value_;
};

}  // namespace concert
