#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

// A point in time: milliseconds since 1970 in UTC. The database's clock makes them.
struct Instant {
  std::int64_t ms = 0;

  auto operator<=>(const Instant&) const = default;

  // RFC 3339 in UTC with milliseconds: 2026-11-20T09:00:00.000Z
  std::string rfc3339() const;

  // Reads rfc3339(), with or without a fraction, with Z or a numeric offset, its letters of either
  // case; nothing if malformed.
  static std::optional<Instant> parse_rfc3339(std::string_view text);

  // The database's DATETIME(3) text, in UTC: 2026-11-20 09:00:00.000
  std::string sql() const;
  static Instant parse_sql(std::string_view text);
};

inline Instant operator+(Instant at, std::int64_t ms) { return {at.ms + ms}; }
inline std::int64_t operator-(Instant a, Instant b) { return a.ms - b.ms; }

}  // namespace concert
