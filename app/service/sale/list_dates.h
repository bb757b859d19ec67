#pragma once

#include <functional>

#include "base/steady_clock.h"
#include "service/access/guard.h"

namespace concert {

// The bookable dates of a concert, from memcached where it has them.
class ListDates {
 public:
  using Render = std::function<std::string(const BookableDates&)>;

  ListDates(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  struct Result {
    std::string text;  // as `render` wrote it, now or when it was cached
    bool hit = false;
  };
  // It waits for another process that reads the same list until steady_ms() is `wait_until_ms`,
  // and then reads it itself.
  // Refuses: token_expired, token_waiting, concert_not_found.
  Result run(const TokenClaims& claims, ConcertId concert, const Render& render,
             std::int64_t wait_until_ms = steady_ms() + kLongestWait_ms);

  // Reads again how far the catalogue goes, if that was done a second ago or earlier: a list that
  // was cached of another state of it is not believed. A database that is away changes nothing.
  void look_at_catalogue_if_due();

  // How long a request waits for other processes at most, those of its worker's round before it
  // included.
  static constexpr std::int64_t kLongestWait_ms = 2000;

 private:
  CachedDates read(ConcertId concert, const Render& render);
  std::string fill(ConcertId concert, const Cache::Entry& lease, const Render& render);
  std::optional<std::string> wait_for_other(ConcertId concert, const TokenClaims& claims,
                                            std::int64_t wait_until_ms);
  bool is_true(const CachedDates& dates);
  void look_at_catalogue();

  Backend& backend_;
  Guard& guard_;
  std::string catalogue_;  // as ConcertStore::newest() gave it last; empty: not asked yet
  std::int64_t looked_ms_ = 0;
};

}  // namespace concert
