#include "service/list_dates.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "domain/refusal.h"

namespace concert {

ListDates::Result ListDates::run(const TokenClaims& claims, ConcertId concert,
                                 const Render& render) {
  const auto found = backend_.dates_cache.find(concert, claims.id);
  guard_.require_active(claims, found.token);
  if (found.dates) {
    if (backend_.db.now() < found.dates->good_until) return {found.dates->text, true};
    // A listed date has begun before memcached's clock noticed.
    backend_.dates_cache.invalidate(concert);
  }
  if (const auto lease = backend_.dates_cache.lease(concert))
    return {fill(concert, *lease, render), false};
  if (auto text = wait_for_other(concert, claims)) return {*std::move(text), true};
  return {read(concert, render).text, false};
}

CachedDates ListDates::read(ConcertId concert, const Render& render) {
  const auto dates = backend_.concerts.bookable_dates(concert);
  if (!dates) throw Refusal(Reason::concert_not_found, "There is no such concert.");
  const Instant first = dates->dates.empty() ? Instant{std::numeric_limits<std::int64_t>::max()}
                                             : dates->dates.front().starts_at;
  return {render(*dates), first};
}

std::string ListDates::fill(ConcertId concert, const Cache::Entry& lease, const Render& render) {
  CachedDates dates;
  try {
    dates = read(concert, render);
  } catch (...) {
    backend_.dates_cache.abandon(concert);
    throw;
  }
  const std::int64_t until_first_s =
      std::max<std::int64_t>(0, dates.good_until - backend_.db.now()) / 1000 + 1;
  backend_.dates_cache.fill(concert, lease, dates,
                            std::min(backend_.settings.dates_cache_seconds, until_first_s));
  return dates.text;
}

std::optional<std::string> ListDates::wait_for_other(ConcertId concert, const TokenClaims& claims) {
  // Whoever has the lease needs one database read; waiting for it spares the database the stampede,
  // the more so when it is slow. For as long as a lease lives: its owner may have been killed.
  constexpr int kLooks = 400;
  constexpr auto kBetween = std::chrono::milliseconds(5);
  for (int look = 0; look < kLooks && backend_.dates_cache.reachable(concert); ++look) {
    const auto found = backend_.dates_cache.look_again(concert, claims.id);
    if (found.dates && backend_.db.now() < found.dates->good_until) return found.dates->text;
    if (!found.being_filled) return std::nullopt;
    std::this_thread::sleep_for(kBetween);
  }
  return std::nullopt;
}

}  // namespace concert
