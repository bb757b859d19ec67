#include "cache/dates_cache.h"

#include <fmt/format.h>

#include "base/parse_number.h"

namespace concert {
namespace {

// Long enough to read the database, short enough that a worker killed while filling delays nobody.
constexpr std::int64_t kLeaseLife_s = 2;
constexpr std::string_view kLeasePrefix = "lease ";

// Without the queue for the main one: a program of the release before knows no other.
std::string name_of(const DatesKey& key) {
  if (key.queue == kMainQueue) return fmt::format("dates:{}", key.concert.value);
  return fmt::format("dates:{}:{}", key.concert.value, key.queue.value);
}

std::optional<Instant> read_instant(std::string_view& text) {
  const auto ms = take_number<std::int64_t>(text);
  if (!ms || text.empty()) return std::nullopt;
  text.remove_prefix(1);
  return Instant{*ms};
}

// The text of an entry: when it was read, until when it is good, the state of the catalogue, and
// the list.
std::string text_of(const CachedDates& dates) {
  return fmt::format("{} {} {} {}", dates.read_at.ms, dates.good_until.ms, dates.catalogue,
                     dates.text);
}

std::optional<CachedDates> parse_dates(std::string_view text) {
  const auto read_at = read_instant(text);
  const auto good_until = read_at ? read_instant(text) : std::nullopt;
  const auto end = text.find(' ');
  if (!good_until || end == std::string_view::npos) return std::nullopt;
  return CachedDates{std::string(text.substr(end + 1)), *read_at, *good_until,
                     std::string(text.substr(0, end))};
}

// When the lease was taken; nothing if the text is no lease.
std::optional<Instant> parse_lease(std::string_view text) {
  if (!text.starts_with(kLeasePrefix)) return std::nullopt;
  text.remove_prefix(kLeasePrefix.size());
  return read_instant(text);
}

}  // namespace

std::vector<std::string> DatesCache::find_keys(const DatesKey& key, TokenId token) {
  return {QueueCache::token_key(token), name_of(key)};
}

DatesCache::Found DatesCache::look_again(const DatesKey& key, const TokenIssue& token,
                                         Instant now) {
  cache_.forget_prefetched();
  return find(key, token, now);
}

DatesCache::Found DatesCache::find(const DatesKey& key, const TokenIssue& token, Instant now) {
  const std::string name = name_of(key);
  const Cache::Entries entries = cache_.get(find_keys(key, token.id));
  Found found;
  found.token = QueueCache::read_token(entries, token);
  const auto dates = entries.find(name);
  if (dates == entries.end()) return found;
  found.version = dates->second->version;
  const std::string& text = dates->second->value;
  if (const auto leased_at = parse_lease(text)) {
    const std::int64_t age_ms = now - *leased_at;
    found.being_filled = age_ms > -kClocksDiffer_ms && age_ms < kLeaseLife_s * 1000;
    return found;
  }
  found.dates = parse_dates(text);
  // A list of the future is not believed.
  if (found.dates && found.dates->read_at - now >= kClocksDiffer_ms) found.dates.reset();
  return found;
}

std::optional<Cache::Entry> DatesCache::lease(const DatesKey& key, Instant now,
                                              std::uint64_t version) {
  const std::string name = name_of(key);
  static std::uint64_t counter = 0;
  const std::string mine = fmt::format("{}{} {}", kLeasePrefix, now.ms, ++counter);
  const auto taken = version == 0 ? cache_.add(name, mine, kLeaseLife_s)
                                  : cache_.replace_unchanged(name, {mine, version}, kLeaseLife_s);
  if (taken != Cache::Outcome::done) return std::nullopt;
  const Cache::Entries entries = cache_.get({name});
  const auto entry = entries.find(name);
  if (entry == entries.end()) return std::nullopt;
  return *entry->second;
}

void DatesCache::fill(const DatesKey& key, const Cache::Entry& lease, const CachedDates& dates,
                      std::int64_t life_s) {
  const auto outcome =
      cache_.replace_unchanged(name_of(key), {text_of(dates), lease.version}, life_s);
  if (outcome == Cache::Outcome::too_big) abandon(key);
}

void DatesCache::abandon(const DatesKey& key) { cache_.remove(name_of(key)); }

bool DatesCache::invalidate(const DatesKey& key) {
  return cache_.remove(name_of(key)) != Cache::Outcome::away;
}

bool DatesCache::reachable(const DatesKey& key) const { return cache_.reaches(name_of(key)); }

std::string DatesCache::place(const DatesKey& key) const { return cache_.place_of(name_of(key)); }

}  // namespace concert
