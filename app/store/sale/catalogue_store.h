#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/concert.h"
#include "store/session/session.h"

namespace concert {

// A concert's names, by which another one may be taken for it.
struct ConcertName {
  ConcertId id;
  std::string title;
  std::string venue;
  std::string key;  // empty: none
};

// What of a date is with users.
struct DateTickets {
  std::int64_t sold = 0;  // seats
  std::int64_t held = 0;  // seats, by live holds
};

// The catalogue as administrators see and change it. ConcertStore adds to it.
class CatalogueStore {
 public:
  explicit CatalogueStore(Session& session) : session_(session) {}

  // At most `limit` concerts with ids above `after`, in order of id.
  std::vector<ConcertRecord> page(ConcertId after, std::int64_t limit);
  std::vector<ConcertName> names(ConcertId after, std::int64_t limit);

  std::optional<ConcertRecord> concert(ConcertId concert);
  // Every date of the concert, in order of its beginning.
  std::vector<DateRecord> dates(ConcertId concert);
  std::optional<DateRecord> date(DateId date);

  // Writes what the record says of the concert or date: texts, visibility and key; start, venue,
  // terms and key. Throws Duplicate if another date of the concert begins then.
  void write(const ConcertRecord& concert);
  void write(const DateRecord& date);

  // Sets the price of `first` to `last`. Returns how many seats had another one.
  std::uint64_t set_prices(DateId date, SeatNumber first, SeatNumber last, Points price);
  // Sets how many seats the date has; ConcertStore::add_seats() adds them.
  void set_seat_count(DateId date, SeatNumber seats);

  DateTickets tickets(DateId date);

  // Notes that a date, which write() has stopped, is cancelled. False if it was before.
  bool cancel(DateId date);
  // Notes that everybody who paid for a cancelled date was refunded. False if that was noted
  // before.
  bool end_cancellation(DateId date);
  // Waits until every hold of the date that is being made is committed or undone, and lets no other
  // begin until the transaction ends.
  void lock(DateId date);

  // Locks the date, so that no hold of it begins until the transaction ends. Returns whether none
  // was ever made, as far as is known: reservations that ended before `kept_since` may be gone.
  bool lock_unheld(DateId date, Instant kept_since);
  // Deletes a date with its seats and its layout. Throws DatabaseError if it has reservations.
  void remove(DateId date);
  // Deletes a concert without dates.
  void remove(ConcertId concert);

 private:
  Session& session_;
};

}  // namespace concert
