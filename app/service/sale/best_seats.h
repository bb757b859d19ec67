#pragma once

#include <optional>
#include <vector>

#include "domain/best_available.h"
#include "domain/ids.h"
#include "store/sale/seat_store.h"

namespace concert {

// A section of a date, as those who choose among its seats look at it: rows of seats side by side,
// the nearest to the front first. A date without a layout is one section of one row.
struct SectionOfSeats {
  struct Row {
    SeatNumber first = 0;
    SeatNumber last = 0;
  };
  std::vector<Row> rows;
  bool is_plain = true;  // its row has no middle
};

// Thrown by a choice in a date whose row for the lock is not there yet:
// SeatStore::add_choice_lock() adds it.
struct ChoiceLockMissing {};

// The choice of seats that a user leaves to the service.
class BestSeats {
 public:
  explicit BestSeats(Session& db) : seats_(db) {}

  // Where seats are looked for, and in which of these sections a look found some.
  struct Plan {
    std::vector<SectionOfSeats> sections;  // those asked for, in the order of the layout
    std::size_t found_in = 0;
  };

  // The sections of a date with so many seats that have what the wish names.
  // Refuses: field_invalid (section, category).
  Plan plan(DateId date, SeatNumber seat_count, const SeatWish& wish);

  // Looks for seats without a lock, and notes where it found some.
  // Refuses: not_together, seat_unavailable.
  void look(DateId date, Plan& plan, const ChoiceTerms& terms);

  // Chooses seats within the caller's transaction, after which no other choice is made in their
  // section until it ends. Nothing, if the section where the look found some has none any more.
  using Seats = std::vector<Seat>;
  std::optional<Seats> choose(DateId date, const Plan& plan, const ChoiceTerms& terms);

  // The same, wherever there are some, with the seats locked against holds of every kind.
  // Refuses: not_together, seat_unavailable.
  Seats choose_and_lock(DateId date, const Plan& plan, const ChoiceTerms& terms);

 private:
  struct Sight;
  Sight look_at(DateId date, const SectionOfSeats& section, const ChoiceTerms& terms,
                SeatStore::Reading reading);
  void read_rows(DateId date, const SectionOfSeats& section, SeatStore::Reading reading,
                 Sight& sight);
  void read_plain(DateId date, const SectionOfSeats::Row& row, SeatStore::Reading reading,
                  Sight& sight);
  void lock(DateId date, const SectionOfSeats& section);

  SeatStore seats_;
};

}  // namespace concert
