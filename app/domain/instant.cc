#include "domain/instant.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "domain/check.h"

namespace concert {
namespace {

namespace chrono = std::chrono;

// Reads `digits` decimal digits at `from`; -1 if they are not all there.
int number_at(std::string_view text, std::size_t from, std::size_t digits) {
  if (from + digits > text.size()) return -1;
  const char* const begin = text.data() + from;
  const char* const end = begin + digits;
  if (!std::all_of(begin, end, [](char c) { return c >= '0' && c <= '9'; })) return -1;
  int value = 0;
  std::from_chars(begin, end, value);
  return value;
}

// Years have four digits, in RFC 3339 and in the database.
bool has_a_year(Instant at) {
  constexpr chrono::sys_days kFirst{chrono::year(1) / 1 / 1};
  constexpr chrono::sys_days kPast{chrono::year(10000) / 1 / 1};
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(at.ms)};
  return time >= kFirst && time < kPast;
}

// Reads the date and time of day that both forms begin with; nothing if malformed.
std::optional<Instant> parse_seconds(std::string_view text, std::string_view separators) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' ||
      separators.find(text[10]) == std::string_view::npos) {
    return std::nullopt;
  }
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  const chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return std::nullopt;
  }
  const auto days = chrono::sys_days(date).time_since_epoch();
  const auto seconds = chrono::seconds(days) + chrono::hours(hour) + chrono::minutes(minute) +
                       chrono::seconds(second);
  return Instant{chrono::milliseconds(seconds).count()};
}

// Reads ".123" at `at`, any number of digits, into ms; advances `at` past it.
std::optional<std::int64_t> parse_fraction(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  std::int64_t ms = 0;
  std::int64_t unit = 100;
  const std::size_t first = ++at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    ms += (text[at] - '0') * unit;
    unit /= 10;
  }
  if (at == first) return std::nullopt;
  return ms;
}

std::string print(Instant at, const char* format) {
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(at.ms)};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{time - day};
  std::array<char, 48> text{};
  const int length =
      std::snprintf(text.data(), text.size(), format, static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    int(clock.hours().count()), int(clock.minutes().count()),
                    int(clock.seconds().count()), int(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string Instant::rfc3339() const { return print(*this, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ"); }

std::string Instant::sql() const { return print(*this, "%04d-%02u-%02u %02d:%02d:%02d.%03d"); }

std::optional<Instant> Instant::parse_rfc3339(std::string_view text) {
  const auto seconds = parse_seconds(text, "Tt");
  if (!seconds) return std::nullopt;
  std::size_t at = 19;
  const auto fraction = parse_fraction(text, at);
  if (!fraction) return std::nullopt;
  const Instant local = *seconds + *fraction;
  const std::string_view zone = text.substr(at);
  if (zone == "Z" || zone == "z") return local;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const int hours = number_at(zone, 1, 2);
  const int minutes = number_at(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const std::int64_t offset_ms = (hours * 60 + minutes) * 60'000LL;
  const Instant utc = local + (zone[0] == '+' ? -offset_ms : offset_ms);
  return has_a_year(utc) ? std::optional(utc) : std::nullopt;
}

Instant Instant::parse_sql(std::string_view text) {
  const auto seconds = parse_seconds(text, " ");
  std::size_t at = 19;
  const auto fraction = parse_fraction(text, at);
  check(seconds && fraction && at == text.size(), "the database writes times as DATETIME(3)");
  return *seconds + *fraction;
}

}  // namespace concert
