#include "cache/dates_cache.h"

#include <fmt/format.h>

#include "base/parse_number.h"

namespace concert {
namespace {

// Long enough to read the database, short enough that a worker killed while filling delays nobody.
constexpr std::int64_t kLeaseLife_s = 2;
constexpr std::string_view kLeasePrefix = "lease ";
constexpr std::string_view kQueuePrefix = "queue ";

std::string dates_key(ConcertId concert) { return fmt::format("dates:{}", concert.value); }

std::optional<Instant> read_instant(std::string_view& text) {
  const auto ms = take_number<std::int64_t>(text);
  if (!ms || text.empty()) return std::nullopt;
  text.remove_prefix(1);
  return Instant{*ms};
}

// The text of an entry: the queue, if it is not the main one; when it was read, until when it is
// good, the state of the catalogue, and the list. A release that knows no queues cannot read an
// entry with a queue, and so shows nothing of it.
std::string text_of(const CachedDates& dates) {
  const std::string queue =
      dates.queue == kMainQueue ? "" : fmt::format("{}{} ", kQueuePrefix, dates.queue.value);
  return fmt::format("{}{} {} {} {}", queue, dates.read_at.ms, dates.good_until.ms, dates.catalogue,
                     dates.text);
}

std::optional<CachedDates> parse_dates(std::string_view text) {
  QueueId queue = kMainQueue;
  if (text.starts_with(kQueuePrefix)) {
    text.remove_prefix(kQueuePrefix.size());
    const auto id = take_number<std::int64_t>(text);
    if (!id || text.empty()) return std::nullopt;
    text.remove_prefix(1);
    queue = QueueId{*id};
  }
  const auto read_at = read_instant(text);
  const auto good_until = read_at ? read_instant(text) : std::nullopt;
  const auto end = text.find(' ');
  if (!good_until || end == std::string_view::npos) return std::nullopt;
  return CachedDates{std::string(text.substr(end + 1)), *read_at, *good_until,
                     std::string(text.substr(0, end)), queue};
}

// When the lease was taken; nothing if the text is no lease.
std::optional<Instant> parse_lease(std::string_view text) {
  if (!text.starts_with(kLeasePrefix)) return std::nullopt;
  text.remove_prefix(kLeasePrefix.size());
  return read_instant(text);
}

}  // namespace

std::vector<std::string> DatesCache::find_keys(ConcertId concert, TokenId token) {
  return {QueueCache::token_key(token), dates_key(concert)};
}

DatesCache::Found DatesCache::look_again(ConcertId concert, const TokenIssue& token, Instant now) {
  cache_.forget_prefetched();
  return find(concert, token, now);
}

DatesCache::Found DatesCache::find(ConcertId concert, const TokenIssue& token, Instant now) {
  const std::string key = dates_key(concert);
  const Cache::Entries entries = cache_.get(find_keys(concert, token.id));
  Found found;
  found.token = QueueCache::read_token(entries, token);
  const auto dates = entries.find(key);
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

std::optional<Cache::Entry> DatesCache::lease(ConcertId concert, Instant now,
                                              std::uint64_t version) {
  const std::string key = dates_key(concert);
  static std::uint64_t counter = 0;
  const std::string mine = fmt::format("{}{} {}", kLeasePrefix, now.ms, ++counter);
  const auto taken = version == 0 ? cache_.add(key, mine, kLeaseLife_s)
                                  : cache_.replace_unchanged(key, {mine, version}, kLeaseLife_s);
  if (taken != Cache::Outcome::done) return std::nullopt;
  const Cache::Entries entries = cache_.get({key});
  const auto entry = entries.find(key);
  if (entry == entries.end()) return std::nullopt;
  return *entry->second;
}

void DatesCache::fill(ConcertId concert, const Cache::Entry& lease, const CachedDates& dates,
                      std::int64_t life_s) {
  const auto outcome =
      cache_.replace_unchanged(dates_key(concert), {text_of(dates), lease.version}, life_s);
  if (outcome == Cache::Outcome::too_big) abandon(concert);
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
