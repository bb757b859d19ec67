#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/check.h"
#include "domain/points.h"

namespace concert {

using SeatNumber = std::int32_t;

// The most seats of a date, and of a date without a layout.
inline constexpr SeatNumber kMaxSeats = 60'000;
inline constexpr SeatNumber kMaxPlainSeats = 2000;

// The most seats that one hold may be for.
inline constexpr SeatNumber kMaxHeldSeats = 1000;

// The largest hold of seats at this price still fits the range of points.
inline constexpr Points kMostPrice = kMaxPoints / kMaxHeldSeats;

// Seat numbers in ascending order, none twice: the order in which seats are always locked.
using SeatNumbers = std::vector<SeatNumber>;

// What a user sees: a lapsed hold is AVAILABLE.
enum class SeatState { available, held, sold };

// Where a seat is in its hall. A member is empty where the hall has no such thing.
struct SeatPlace {
  std::string label;  // the label on the seat
  std::string section{};
  std::string row{};
  std::string category{};
};

// The place of a seat in a date without a layout: it has no section, row or category.
inline SeatPlace plain_place(SeatNumber seat) { return {std::to_string(seat)}; }

struct Seat {
  SeatNumber number = 0;
  Points price = 0;
  SeatState state = SeatState::available;
  bool is_accessible = false;
  std::int32_t section_no = 0;  // 0: the date has no layout, or the query did not read it
};

// The sum of the seats' prices.
inline Points price_of(const std::vector<Seat>& seats) {
  Points price = 0;
  for (const Seat& seat : seats) price += seat.price;
  return price;
}

inline std::string_view to_text(SeatState state) {
  switch (state) {
    case SeatState::available: return "AVAILABLE";
    case SeatState::held: return "HELD";
    case SeatState::sold: return "SOLD";
  }
  throw Bug("no such seat state");
}

}  // namespace concert
