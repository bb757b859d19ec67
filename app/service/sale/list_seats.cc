#include "service/sale/list_seats.h"

#include "domain/refusal.h"

namespace concert {

std::vector<Seat> ListSeats::run(const TokenClaims& claims, ConcertId concert, DateId date) {
  guard_.require_active(claims);
  auto found = seats_of(date);
  if (!found || found->concert != concert)
    throw Refusal(Reason::date_not_found, "The concert has no such date.");
  return std::move(found->seats);
}

std::optional<DateSeats> ListSeats::seats_of(DateId date) {
  if (const DateSeats* const ahead = ahead_.find(date)) return *ahead;
  auto read = backend_.seats.of_dates({date});
  if (read.empty()) return std::nullopt;
  return std::move(read.front().second);
}

void ListSeats::read_ahead(const std::vector<DateId>& dates) {
  ahead_.forget();
  if (dates.size() > 1)
    ahead_.keep(backend_.seats.of_dates(distinct(dates, SeatStore::kMostDates)));
}

}  // namespace concert
