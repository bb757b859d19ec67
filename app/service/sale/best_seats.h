#pragma once

#include <optional>
#include <vector>

#include "domain/best_available.h"
#include "domain/hall.h"
#include "domain/ids.h"
#include "service/sale/exhausted_sections.h"
#include "store/sale/hall_store.h"
#include "store/sale/seat_store.h"

namespace concert {

// Thrown by lock_date() if a date without a layout has no row in choice_lock.
// SeatStore::add_choice_lock() adds it.
struct ChoiceLockMissing {};

// The choice of seats that a user leaves to the service.
class BestSeats {
 public:
  explicit BestSeats(Session& db) : seats_(db), halls_(db) {}

  // Where seats are searched for, and in which of these sections a search found some.
  struct Plan {
    // Those asked for, in the order of the layout, each with its rows once it was searched. A date
    // without a layout has one, with the number 0.
    std::vector<SectionSale> sections;
    bool has_counts = false;      // of what is left in each section
    std::size_t found_in = 0;     // the section
    SeatNumber found_to = 0;      // the last seat of the choice
    Points found_price = 0;       // of its seats together
    bool is_last_resort = false;  // accessible seats are among them although none was asked for
  };

  // The sections of a date that have what the wish names.
  // Refuses: field_invalid (section, category).
  Plan plan(DateId date, const HoldOutlook& of_date, const SeatWish& wish);

  // Searches for seats without a lock, and notes where it found some.
  // Refuses: not_together, seat_unavailable.
  void search(DateId date, Plan& plan, const ChoiceTerms& terms);

  struct Chosen {
    std::vector<Seat> seats;
    std::vector<SeatPlace> places;  // of each
  };

  // Locks the choice in a date without a layout, within the caller's transaction, before the
  // reservation is inserted: the row for the lock may be missing. Does nothing for a date with a
  // layout, of which choose() locks the section.
  void lock_date(DateId date, const Plan& plan);

  // Chooses seats in the section where search() found some, within the caller's transaction: no
  // other choice is made in this section until the transaction ends. Nothing if the section has no
  // such choice any more, but a refusal if it is the only section of the plan.
  // Refuses: not_together, seat_unavailable.
  std::optional<Chosen> choose(DateId date, Plan& plan, const ChoiceTerms& terms);

  // Chooses seats in any section of the plan, and locks them against holds of every kind. Returns
  // nothing if it finds no seats but a second search does.
  // Refuses: not_together, seat_unavailable.
  std::optional<Chosen> choose_and_lock(DateId date, Plan& plan, const ChoiceTerms& terms);

 private:
  struct SectionResult;
  struct Search;
  void search_section(Search& search, std::size_t i);
  struct ReadOptions {
    SeatStore::Reading reading = SeatStore::Reading::plain;
    SeatNumber first_read = 0;  // the first read covers at least this many seats
  };
  SectionResult read_section(DateId date, HallSection& section, const ChoiceTerms& terms,
                             const ReadOptions& options);
  void read_rows(DateId date, const HallSection& section, const ReadOptions& options,
                 SectionResult& result);
  void read_plain(DateId date, const HallSection& section, const ReadOptions& options,
                  SectionResult& result);
  void know_rows(DateId date, HallSection& section);
  void lock(DateId date, HallSection& section);

  SeatStore seats_;
  HallStore halls_;
  ExhaustedSections exhausted_;
};

}  // namespace concert
