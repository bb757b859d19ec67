#pragma once

#include <optional>
#include <vector>

#include "domain/best_available.h"
#include "domain/hall.h"
#include "domain/ids.h"
#include "store/sale/hall_store.h"
#include "store/sale/seat_store.h"

namespace concert {

// Thrown by a choice in a date without a layout whose row for the lock is not there yet:
// SeatStore::add_choice_lock() adds it.
struct ChoiceLockMissing {};

// The choice of seats that a user leaves to the service.
class BestSeats {
 public:
  explicit BestSeats(Session& db) : seats_(db), halls_(db) {}

  // Where seats are looked for, and in which of these sections a look found some.
  struct Plan {
    // Those asked for, in the order of the layout, each with its rows once it was looked at. A date
    // without a layout has one, with the number 0.
    std::vector<SectionSale> sections;
    std::size_t found_in = 0;
    bool is_last_resort = false;  // no section has another choice
  };

  // The sections of a date that have what the wish names.
  // Refuses: field_invalid (section, category).
  Plan plan(DateId date, const HoldOutlook& of_date, const SeatWish& wish);

  // Looks for seats without a lock, and notes where it found some.
  // Refuses: not_together, seat_unavailable.
  void look(DateId date, Plan& plan, const ChoiceTerms& terms);

  struct Chosen {
    std::vector<Seat> seats;
    std::vector<SeatPlace> places;  // of each
  };

  // Chooses seats within the caller's transaction, after which no other choice is made in their
  // section until it ends. Nothing, if the section where the look found some has none any more.
  std::optional<Chosen> choose(DateId date, Plan& plan, const ChoiceTerms& terms);

  // The same, wherever there are some, with the seats locked against holds of every kind. Nothing,
  // if they were taken and given back meanwhile. Refuses: not_together, seat_unavailable.
  std::optional<Chosen> choose_and_lock(DateId date, Plan& plan, const ChoiceTerms& terms);

 private:
  struct Sight;
  Sight look_at(DateId date, HallSection& section, const ChoiceTerms& terms,
                SeatStore::Reading reading);
  void read_rows(DateId date, const HallSection& section, SeatStore::Reading reading, Sight& sight);
  void read_plain(DateId date, const HallSection& section, SeatStore::Reading reading,
                  Sight& sight);
  void know_rows(DateId date, HallSection& section);
  void lock(DateId date, HallSection& section);

  SeatStore seats_;
  HallStore halls_;
};

}  // namespace concert
