#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/prefetched.h"
#include "base/steady_clock.h"
#include "cache/dates_cache.h"
#include "service/access/guard.h"
#include "settings/settings.h"
#include "store/sale/concert_store.h"
#include "store/sale/hall_store.h"
#include "store/sale/seat_store.h"

namespace concert {

// What there is to buy: concerts, their dates, and the seats of a date. Lists of dates come from
// memcached where it has them; concerts and seats are as the database has them this instant.
class Catalogue {
 public:
  Catalogue(Session& db, Cache& cache, Guard& guard, const Settings& settings)
      : db_(db),
        guard_(guard),
        settings_(settings),
        concerts_(db),
        seats_(db),
        halls_(db),
        memcached_(cache),
        cache_(cache) {}

  // At most `limit` concerts of the token's queue with ids above `after`, in order of id.
  // Refuses: token_expired, token_waiting.
  std::vector<Concert> concerts(const TokenClaims& claims, ConcertId after, std::int64_t limit);

  // The bookable dates of a concert, as `render` wrote them, now or when they were cached. A list
  // that another process is reading is waited for until steady_ms() is `wait_until_ms`, then read
  // here as well. Refuses: token_expired, token_waiting, concert_not_found, wrong_queue.
  struct Dates {
    std::string text;
    bool hit = false;  // it comes from the cache
  };
  using Render = std::function<std::string(const BookableDates&)>;
  Dates dates(const TokenClaims& claims, ConcertId concert, const Render& render,
              std::int64_t wait_until_ms = steady_ms() + kLongestWait_ms);

  // How long a request waits for other processes at most, together with the requests of its
  // worker's round that were answered before it.
  static constexpr std::int64_t kLongestWait_ms = 2000;

  // The seats of a date, or of one section of it, with their layout.
  // Refuses: token_expired, token_waiting, date_not_found, wrong_queue; field_invalid if it has no
  // such section, or none is named and it has more than kMaxPlainSeats.
  DateSeats seats(const TokenClaims& claims, ConcertId concert, DateId date,
                  const std::optional<std::string>& section = std::nullopt);

  // The sections of a date in order; none: it has no layout.
  // Refuses: token_expired, token_waiting, date_not_found, wrong_queue.
  std::vector<SectionSale> sections(const TokenClaims& claims, ConcertId concert, DateId date);

  // Reads the seats of several dates at once, for the requests of one round that name no section.
  void prefetch(const std::vector<DateId>& dates);

  // Reads the state of the catalogue and the database's clock again if LookTimer says so: a list
  // that was cached in another state, or has a date that has begun by a clock that was set, is not
  // used. Where they cannot be read, the last known state stays in force, which is logged once;
  // without a connection the database is not asked. It may wait for the database.
  void look_if_due();

 private:
  CachedDates read(ConcertId concert, const Render& render);
  CachedDates fill(ConcertId concert, const Cache::Entry& lease, const Render& render);
  std::optional<std::string> wait_for_other(ConcertId concert, const TokenClaims& claims,
                                            std::int64_t wait_until_ms);
  bool is_true(const CachedDates& dates);
  std::optional<DateSeats> seats_of(DateId date);
  DateSeats seats_in(const AskedDate& asked, const std::string& section);
  void look();

  Session& db_;
  Guard& guard_;
  const Settings& settings_;
  ConcertStore concerts_;
  SeatStore seats_;
  HallStore halls_;
  const Cache& memcached_;
  DatesCache cache_;
  Prefetched<DateId, DateSeats> prefetched_;
  std::string state_;  // as ConcertStore::newest() gave it last; empty: not read yet
  LookTimer look_timer_;
  bool has_warned_ = false;
};

}  // namespace concert
