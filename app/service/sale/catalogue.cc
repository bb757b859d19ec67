#include "service/sale/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>

#include "base/log.h"
#include "domain/refusal.h"

namespace concert {

namespace {

// When the first of the dates begins to be sold, or is sold no more.
Instant first_change(const BookableDates& dates) {
  Instant first{std::numeric_limits<std::int64_t>::max()};
  for (const ConcertDate& date : dates.dates) {
    const SaleTerms& terms = date.terms;
    first = std::min(first, terms.has_begun(dates.now) ? terms.closes_at : *terms.on_sale_at);
  }
  return first;
}

// Refuses: date_not_found, wrong_queue.
DateSeats require_shown(std::optional<DateSeats> date, const AskedDate& asked) {
  if (!date || date->concert != asked.concert || date->is_hidden)
    throw Refusal(Reason::date_not_found, "The concert has no such date.");
  require_queue(asked.queue, date->queue);
  return *std::move(date);
}

// Refuses: wrong_queue.
std::string shown_to(const TokenClaims& claims, CachedDates dates) {
  require_queue(claims.queue, dates.queue);
  return std::move(dates.text);
}

[[noreturn]] void refuse_section(const std::string& detail) {
  throw Refusal(Reason::field_invalid, detail).with_field("section");
}

}  // namespace

std::vector<Concert> Catalogue::concerts(const TokenClaims& claims, ConcertId after,
                                         std::int64_t limit) {
  guard_.require_active(claims);
  return concerts_.page(claims.queue, after, limit);
}

Catalogue::Dates Catalogue::dates(const TokenClaims& claims, ConcertId concert,
                                  const Render& render, std::int64_t wait_until_ms) {
  const auto found = cache_.find(concert, claims.issue(), db_.now());
  guard_.require_active(claims, found.token);
  if (found.dates && is_true(*found.dates)) {
    if (found.dates->queue == claims.queue) return {found.dates->text, true};
    // The database says whose the list is: a release that knows no queues may have stored it.
    return {shown_to(claims, read(concert, render)), false};
  }
  if (!found.being_filled) {
    if (const auto lease = cache_.lease(concert, db_.now(), found.version))
      return {shown_to(claims, fill(concert, *lease, render)), false};
  }
  if (auto text = wait_for_other(concert, claims, wait_until_ms)) return {*std::move(text), true};
  return {shown_to(claims, read(concert, render)), false};
}

void Catalogue::look() {
  look_timer_.look([&] { state_ = concerts_.newest(); });
  db_.asked_now();
  has_warned_ = false;
}

void Catalogue::look_if_due() {
  if (!memcached_.configured() || !db_.is_connected() || !look_timer_.is_due()) return;
  try {
    look();
  } catch (const std::exception& error) {
    if (std::exchange(has_warned_, true)) return;
    log_warning(
        fmt::format("cached lists of dates are compared with an earlier state of the catalogue, "
                    "because the catalogue could not be read again: {}. Check: concertctl doctor",
                    error.what()));
  }
}

bool Catalogue::is_true(const CachedDates& dates) {
  const Instant now = db_.now();
  if (now >= dates.good_until) return false;
  if (now - dates.read_at >= settings_.dates_cache_seconds * 1000) return false;
  // A concert may have been added since this process looked.
  if (dates.catalogue != state_) look();
  return dates.catalogue == state_;
}

CachedDates Catalogue::read(ConcertId concert, const Render& render) {
  const Instant now = db_.now();
  const auto dates = concerts_.bookable_dates(concert);
  if (!dates) throw Refusal(Reason::concert_not_found, "There is no such concert.");
  return {render(*dates), now, first_change(*dates), state_, dates->queue};
}

CachedDates Catalogue::fill(ConcertId concert, const Cache::Entry& lease, const Render& render) {
  CachedDates dates;
  try {
    look();  // before the list, so that no list is labelled with a later state than its own
    dates = read(concert, render);
  } catch (...) {
    cache_.abandon(concert);
    throw;
  }
  const std::int64_t until_first_s =
      std::max<std::int64_t>(0, dates.good_until - db_.now()) / 1000 + 1;
  cache_.fill(concert, lease, dates, std::min(settings_.dates_cache_seconds, until_first_s));
  return dates;
}

std::optional<std::string> Catalogue::wait_for_other(ConcertId concert, const TokenClaims& claims,
                                                     std::int64_t wait_until_ms) {
  // The holder of the lease needs one database read. Waiting for it spares the database a stampede,
  // which matters most when the database is slow. The wait is no longer than a lease lives, because
  // the holder may have been killed.
  constexpr auto kBetween = std::chrono::milliseconds(5);
  while (steady_ms() < wait_until_ms && cache_.reachable(concert)) {
    const auto found = cache_.look_again(concert, claims.issue(), db_.now());
    if (found.dates && is_true(*found.dates) && found.dates->queue == claims.queue)
      return found.dates->text;
    if (!found.being_filled) return std::nullopt;
    std::this_thread::sleep_for(kBetween);
  }
  return std::nullopt;
}

DateSeats Catalogue::seats(const TokenClaims& claims, ConcertId concert, DateId date,
                           const std::optional<std::string>& section) {
  guard_.require_active(claims);
  const AskedDate asked{claims.queue, concert, date};
  if (section) return seats_in(asked, *section);
  auto found = seats_of(date);
  if (!found) {
    require_shown(seats_.date(date), asked);
    refuse_section(
        fmt::format("A date of more than {} seats is shown by section.", kMaxPlainSeats));
  }
  DateSeats shown = require_shown(std::move(found), asked);
  if (shown.has_layout) shown.layout = halls_.layout(date);
  return shown;
}

DateSeats Catalogue::seats_in(const AskedDate& asked, const std::string& section) {
  auto found = seats_.in_section(asked, section);
  if (!found) {
    require_shown(seats_.date(asked.date), asked);
    refuse_section("The date has no such section.");
  }
  return *std::move(found);
}

std::vector<SectionSale> Catalogue::sections(const TokenClaims& claims, ConcertId concert,
                                             DateId date) {
  guard_.require_active(claims);
  const AskedDate asked{claims.queue, concert, date};
  auto sections = halls_.on_sale(asked);
  if (sections.empty()) require_shown(seats_.date(date), asked);
  return sections;
}

std::optional<DateSeats> Catalogue::seats_of(DateId date) {
  if (const DateSeats* const seats = prefetched_.find(date)) return *seats;
  auto read = seats_.of_dates({date});
  if (read.empty()) return std::nullopt;
  return std::move(read.front().second);
}

void Catalogue::prefetch(const std::vector<DateId>& dates) {
  prefetched_.forget();
  if (dates.size() > 1) prefetched_.keep(seats_.of_dates(distinct(dates, SeatStore::kMostDates)));
}

}  // namespace concert
