#pragma once

#include <cstdint>
#include <string_view>

#include "domain/check.h"

namespace concert {

// The seats that a queue sells: those of its concerts, on the dates that are on sale; and what
// tells how many of them go to the users who come first.
struct Stock {
  std::int64_t available = 0;     // free; the seats of lapsed holds are
  std::int64_t held = 0;          // in live holds
  std::int64_t choosing = 0;      // active users who hold none of these seats
  std::int64_t ended_visits = 0;  // active tokens of the queue that have ended, however they did
  std::int64_t bought_seats = 0;  // which these paid for

  bool operator==(const Stock&) const = default;
};

// What a user who waits may expect.
enum class Outlook { likely, unlikely, sold_out };

inline std::string_view to_text(Outlook outlook) {
  switch (outlook) {
    case Outlook::likely: return "LIKELY";
    case Outlook::unlikely: return "UNLIKELY";
    case Outlook::sold_out: return "SOLD_OUT";
  }
  throw Bug("no such outlook");
}

// How many seats a visit takes: the average of those that have ended, at least 1. Ten more visits
// of two seats each are counted, so that it is 2 before the first one and the first few do not
// decide alone.
double seats_per_visit(const Stock& stock);

// The outlook of a user at `position`, from 1. SOLD_OUT if no seat is free or held. LIKELY if a
// free seat is left once every user who comes first has taken seats_per_visit():
//   available > (choosing + position - 1) * seats_per_visit
// Held seats count as taken, because most holds are paid. Otherwise UNLIKELY.
Outlook outlook_of(const Stock& stock, std::int64_t position);

// What a user at `position` is told.
struct ShownStock {
  std::int64_t available = 0;
  std::int64_t held = 0;
  Outlook outlook = Outlook::likely;
};
inline ShownStock shown_at(const Stock& stock, std::int64_t position) {
  return {stock.available, stock.held, outlook_of(stock, position)};
}

}  // namespace concert
