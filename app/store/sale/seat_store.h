#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "domain/concert.h"
#include "domain/hall.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/seat.h"
#include "domain/token.h"
#include "store/session/session.h"

namespace concert {

// What a hold reads before it begins a transaction.
struct HoldOutlook {
  Token token;
  Instant now;
  std::optional<SaleTerms> terms;  // nothing if there is no such date, or it is hidden
  DateSummary date;                // empty without terms
  SeatNumber seat_count = 0;       // that the date has
  bool has_layout = false;         // the date
  std::int64_t own_seats = 0;      // that the user holds or owns on this date
  std::optional<Instant> earlier;  // when the user made the holds_per_visit-th newest hold
  std::vector<Seat> seats;         // of the seats asked for those that the date has, ascending
  std::vector<SeatPlace> places;   // of these
};

// A date's concert, seats of it in order of number, and when it is sold.
struct DateSeats {
  ConcertId concert;
  QueueId queue;  // the concert's
  std::vector<Seat> seats;
  SaleTerms terms{};
  Instant now{};            // when they were read
  bool is_hidden = false;   // the concert
  bool has_layout = false;  // the date
  Layout layout{};          // of the seats; not of a plain date
};

// The seats of dates. The transaction that changes a seat's row has the seat.
class SeatStore {
 public:
  explicit SeatStore(Session& session) : session_(session) {}

  // All seats of those of `dates` that exist and have at most kMaxPlainSeats, in order of date.
  using Dates = std::vector<std::pair<DateId, DateSeats>>;
  static constexpr std::size_t kMostDates = 8;
  Dates of_dates(const std::vector<DateId>& dates);

  // The same of one date with any number of seats, without them.
  std::optional<DateSeats> date(DateId date);
  // The seats of one section of a date, with its rows. Nothing if the date has no such section, is
  // not one of the concert, the concert is not of the queue, or it is hidden.
  std::optional<DateSeats> in_section(const AskedDate& asked, const std::string& section);
  // Seats `first` to `last` of a date.
  std::vector<Seat> range(DateId date, SeatNumber first, SeatNumber last);

  // Nothing if there is no such token. `seats` may be empty.
  std::optional<HoldOutlook> outlook(TokenId token, DateId date, const SeatNumbers& seats,
                                     std::int64_t holds_per_visit);

  // Locks those of `seats` that the date has, and returns them, ascending.
  std::vector<Seat> lock(DateId date, const SeatNumbers& seats);

  // Those of the seats `range` of a date that are available, ascending; locked where a hold of any
  // kind must not take them before the caller's transaction ends.
  struct Range {
    SeatNumber first = 0;
    SeatNumber last = 0;
  };
  enum class Reading { plain, locking };
  std::vector<Seat> free_seats(DateId date, Range range, Reading reading);

  // Lets one transaction at a time choose among the seats of a date without a layout. False, and
  // nothing is locked, if the row that is locked is not there. Best added outside of a transaction.
  bool lock_choice(DateId date);
  void add_choice_lock(DateId date);

  // Moves `seats` from available (or a lapsed hold) to held. Returns how many it moved; the caller
  // rolls back unless that is all of them.
  std::uint64_t hold(DateId date, const SeatNumbers& seats, ReservationId reservation,
                     Instant until);

  // Moves the end of `reservation`'s hold of `seats` to `until`. Returns for how many; the caller
  // rolls back unless that is all of them: a seat of a hold that lapsed may be another user's.
  std::uint64_t extend(DateId date, const SeatNumbers& seats, ReservationId reservation,
                       Instant until);

  // Moves what `reservation` holds to available. Returns how many it moved.
  std::uint64_t release(ReservationId reservation);

  // Moves those of a date's `seats` that one of `reservations` holds to sold. Returns how many it
  // moved.
  std::uint64_t sell(DateId date, const SeatNumbers& seats,
                     const std::vector<ReservationId>& reservations);

  // Moves `seats` that were sold to `reservation` back to available. Returns how many it moved.
  std::uint64_t give_back(ReservationId reservation, const SeatNumbers& seats);

  // Takes available `seats` (or those of a lapsed hold) from sale, or puts blocked ones back on
  // sale. Returns how many it moved; the caller rolls back unless that is all of them.
  std::uint64_t block(DateId date, const SeatNumbers& seats);
  std::uint64_t unblock(DateId date, const SeatNumbers& seats);

  // Those of a date that are blocked, ascending.
  SeatNumbers blocked(DateId date);

  // The same for all seats of many reservations at once.
  std::uint64_t release_all(const std::vector<ReservationId>& reservations);
  std::uint64_t give_back_all(const std::vector<ReservationId>& reservations);

 private:
  Session& session_;
};

}  // namespace concert
