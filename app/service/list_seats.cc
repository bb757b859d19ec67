#include "service/list_seats.h"

#include "domain/refusal.h"

namespace concert {

std::vector<Seat> ListSeats::run(const TokenClaims& claims, ConcertId concert, DateId date) {
  guard_.require_active(claims);
  auto seats = backend_.seats.of_date(concert, date);
  if (!seats) throw Refusal(Reason::date_not_found, "The concert has no such date.");
  return *std::move(seats);
}

}  // namespace concert
