#include "domain/stock.h"

#include <algorithm>

namespace concert {

double seats_per_visit(const Stock& stock) {
  constexpr double kVisitsBefore = 10;
  constexpr double kSeatsOfEach = 2;
  const double seats = static_cast<double>(stock.bought_seats) + kVisitsBefore * kSeatsOfEach;
  return std::max(1.0, seats / (static_cast<double>(stock.ended_visits) + kVisitsBefore));
}

Outlook outlook_of(const Stock& stock, std::int64_t position) {
  if (stock.available + stock.held == 0) return Outlook::sold_out;
  const auto first = static_cast<double>(stock.choosing) + static_cast<double>(position - 1);
  const bool is_left = static_cast<double>(stock.available) > first * seats_per_visit(stock);
  return is_left ? Outlook::likely : Outlook::unlikely;
}

}  // namespace concert
