#include "service/list_seats.h"

#include "domain/refusal.h"

namespace concert {

std::vector<Seat> ListSeats::run(const TokenClaims& claims, ConcertId concert, DateId date) {
  guard_.require_active(claims);
  const auto* const ahead = ahead_.find(date);
  const auto read = ahead == nullptr ? backend_.seats.of_dates({date}) : SeatStore::Dates{};
  const DateSeats* const found = ahead == nullptr && !read.empty() ? &read.front().second : ahead;
  if (found == nullptr || found->concert != concert)
    throw Refusal(Reason::date_not_found, "The concert has no such date.");
  return found->seats;
}

void ListSeats::read_ahead(const std::vector<DateId>& dates) {
  ahead_.forget();
  if (dates.size() > 1)
    ahead_.keep(backend_.seats.of_dates(distinct(dates, SeatStore::kMostDates)));
}

}  // namespace concert
