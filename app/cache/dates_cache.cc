#include "cache/dates_cache.h"

#include <fmt/format.h>

#include <charconv>

namespace concert {
namespace {

// Long enough to read the database, short enough that a worker killed while filling is not missed.
constexpr std::int64_t kLeaseLife_s = 2;
constexpr std::string_view kLeasePrefix = "lease ";

std::string dates_key(ConcertId concert) { return fmt::format("dates:{}", concert.value); }

}  // namespace

std::vector<std::string> DatesCache::find_keys(ConcertId concert, TokenId token) {
  return {QueueCache::token_key(token), dates_key(concert)};
}

DatesCache::Found DatesCache::look_again(ConcertId concert, TokenId token) {
  cache_.forget_ahead();
  return find(concert, token);
}

DatesCache::Found DatesCache::find(ConcertId concert, TokenId token) {
  const std::string key = dates_key(concert);
  const Cache::Entries entries = cache_.get(find_keys(concert, token));
  Found found;
  found.token = QueueCache::read_token(entries, token);
  const auto dates = entries.find(key);
  if (dates == entries.end()) return found;
  const std::string& text = dates->second->value;
  if (text.compare(0, kLeasePrefix.size(), kLeasePrefix) == 0) {
    found.being_filled = true;
    return found;
  }
  std::int64_t good_until_ms = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), good_until_ms);
  const auto begin = static_cast<std::size_t>(parsed.ptr - text.data());
  if (parsed.ec != std::errc() || begin >= text.size()) return found;
  found.dates = CachedDates{text.substr(begin + 1), Instant{good_until_ms}};
  return found;
}

std::optional<Cache::Entry> DatesCache::lease(ConcertId concert) {
  const std::string key = dates_key(concert);
  static std::uint64_t counter = 0;
  const std::string mine = fmt::format("{}{}", kLeasePrefix, ++counter);
  if (cache_.add(key, mine, kLeaseLife_s) != Cache::Outcome::done) return std::nullopt;
  const Cache::Entries entries = cache_.get({key});
  const auto entry = entries.find(key);
  if (entry == entries.end()) return std::nullopt;
  return *entry->second;
}

void DatesCache::fill(ConcertId concert, const Cache::Entry& lease, const CachedDates& dates,
                      std::int64_t life_s) {
  const std::string text = fmt::format("{} {}", dates.good_until.ms, dates.text);
  cache_.replace_unchanged(dates_key(concert), {text, lease.version}, life_s);
}

void DatesCache::abandon(ConcertId concert) { cache_.remove(dates_key(concert)); }

bool DatesCache::invalidate(ConcertId concert) {
  return cache_.remove(dates_key(concert)) != Cache::Outcome::away;
}

bool DatesCache::reachable(ConcertId concert) const { return cache_.reaches(dates_key(concert)); }

std::string DatesCache::place(ConcertId concert) const {
  return cache_.place_of(dates_key(concert));
}

}  // namespace concert
