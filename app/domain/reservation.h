#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/check.h"
#include "domain/concert.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/points.h"
#include "domain/seat.h"
#include "domain/user_id.h"

namespace concert {

enum class ReservationState { held, paid, expired, released, refunded };

inline std::string_view to_text(ReservationState state) {
  switch (state) {
    case ReservationState::held: return "HELD";
    case ReservationState::paid: return "PAID";
    case ReservationState::expired: return "EXPIRED";
    case ReservationState::released: return "RELEASED";
    case ReservationState::refunded: return "REFUNDED";
  }
  throw Bug("no such reservation state");
}

inline ReservationState reservation_state(std::string_view text) {
  for (const auto state :
       {ReservationState::held, ReservationState::paid, ReservationState::expired,
        ReservationState::released, ReservationState::refunded}) {
    if (to_text(state) == text) return state;
  }
  throw Bug("the database holds an unknown reservation state");
}

// A seat of a reservation: where it is, and its price at the hold.
struct ReservedSeat {
  SeatPlace place;
  Points price = 0;
};

// Seats that a user asked for at the prices of that moment. A hold past `held_until` is expired,
// whether or not anything has noted it.
struct Reservation {
  ReservationId id;
  UserId user;
  DateId date;
  ReservationState state = ReservationState::held;
  SeatNumbers seats;
  Points total = 0;
  Instant held_until;
  SeatNumbers refunded{};  // those of the seats that were refunded, alone or with all others
  Points refunded_amount = 0;
  std::vector<ReservedSeat> as_held{};  // the seats, in their order

  // What became of one of the seats: in a paid reservation it may be refunded alone.
  ReservationState state_of(SeatNumber seat) const {
    const bool is_refunded = std::binary_search(refunded.begin(), refunded.end(), seat);
    return is_refunded ? ReservationState::refunded : state;
  }
  std::vector<Points> prices() const {
    std::vector<Points> found;
    for (const ReservedSeat& seat : as_held) found.push_back(seat.price);
    return found;
  }
  // What was not refunded.
  Points points_left() const { return total - refunded_amount; }
  SeatNumbers seats_left() const {
    SeatNumbers left;
    std::set_difference(seats.begin(), seats.end(), refunded.begin(), refunded.end(),
                        std::back_inserter(left));
    return left;
  }
};

// A reservation as its user sees it.
struct ShownReservation : Reservation {
  DateSummary of_date{};
};

// A user makes only so many holds within this time. Whether it has not passed since `earlier`;
// false if that is nothing.
inline constexpr std::int64_t kVisit_minutes = 30;
inline bool is_of_one_visit(const std::optional<Instant>& earlier, Instant now) {
  return earlier && now - *earlier < kVisit_minutes * 60'000;
}

// The most reservations that one request pays for together.
inline constexpr std::size_t kMostPaidTogether = 50;

// A reservation that was paid for. The amount is the reservation's total.
struct Payment {
  PaymentId id;
  UserId user;
  Points amount = 0;
  EntryNo entry;
  Points balance_after = 0;
  SeatNumbers seats;
  Instant paid_at;
  bool is_replayed = false;  // an earlier request made it
};

}  // namespace concert
