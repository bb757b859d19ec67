#pragma once

#include <functional>

#include "service/guard.h"

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
  // Refuses: token_expired, token_waiting, concert_not_found.
  Result run(const TokenClaims& claims, ConcertId concert, const Render& render);

 private:
  CachedDates read(ConcertId concert, const Render& render);
  std::string fill(ConcertId concert, const Cache::Entry& lease, const Render& render);
  std::optional<std::string> wait_for_other(ConcertId concert, const TokenClaims& claims);

  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
