#include "service/sale/list_dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "base/log.h"
#include "domain/refusal.h"

namespace concert {

ListDates::Result ListDates::run(const TokenClaims& claims, ConcertId concert, const Render& render,
                                 std::int64_t wait_until_ms) {
  const auto found = backend_.dates_cache.find(concert, claims.issue(), backend_.db.now());
  guard_.require_active(claims, found.token);
  if (found.dates && is_true(*found.dates)) return {found.dates->text, true};
  if (!found.being_filled) {
    if (const auto lease = backend_.dates_cache.lease(concert, backend_.db.now(), found.version))
      return {fill(concert, *lease, render), false};
  }
  if (auto text = wait_for_other(concert, claims, wait_until_ms)) return {*std::move(text), true};
  return {read(concert, render).text, false};
}

void ListDates::look_at_catalogue() {
  catalogue_ = backend_.concerts.newest();
  looked_ms_ = steady_ms();
}

void ListDates::look_at_catalogue_if_due() {
  constexpr std::int64_t kLookEvery_ms = 1000;
  if (!backend_.db.is_connected() || steady_ms() - looked_ms_ < kLookEvery_ms) return;
  try {
    look_at_catalogue();
  } catch (const std::exception& error) {
    // Whoever needs the database says that it is away.
    log_info(fmt::format("the state of the catalogue could not be read again: {}", error.what()));
  }
}

bool ListDates::is_true(const CachedDates& dates) {
  const Instant now = backend_.db.now();
  if (now >= dates.good_until) return false;
  if (now - dates.read_at >= backend_.settings.dates_cache_seconds * 1000) return false;
  // Somebody may have added a concert since this process looked.
  if (dates.catalogue != catalogue_) look_at_catalogue();
  return dates.catalogue == catalogue_;
}

CachedDates ListDates::read(ConcertId concert, const Render& render) {
  const Instant now = backend_.db.now();
  const auto dates = backend_.concerts.bookable_dates(concert);
  if (!dates) throw Refusal(Reason::concert_not_found, "There is no such concert.");
  const Instant first = dates->dates.empty() ? Instant{std::numeric_limits<std::int64_t>::max()}
                                             : dates->dates.front().starts_at;
  return {render(*dates), now, first, catalogue_};
}

std::string ListDates::fill(ConcertId concert, const Cache::Entry& lease, const Render& render) {
  CachedDates dates;
  try {
    look_at_catalogue();  // before the list: what is added in between is in no list of this state
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

std::optional<std::string> ListDates::wait_for_other(ConcertId concert, const TokenClaims& claims,
                                                     std::int64_t wait_until_ms) {
  // Whoever has the lease needs one database read; waiting for it spares the database the stampede,
  // the more so when it is slow. No longer than a lease lives: its owner may have been killed.
  constexpr auto kBetween = std::chrono::milliseconds(5);
  while (steady_ms() < wait_until_ms && backend_.dates_cache.reachable(concert)) {
    const auto found = backend_.dates_cache.look_again(concert, claims.issue(), backend_.db.now());
    if (found.dates && is_true(*found.dates)) return found.dates->text;
    if (!found.being_filled) return std::nullopt;
    std::this_thread::sleep_for(kBetween);
  }
  return std::nullopt;
}

}  // namespace concert
