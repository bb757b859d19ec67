#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/concert.h"
#include "store/session/session.h"

namespace concert {

// Reads when a date is sold: its start from the column `begins`, and from four that follow each
// other from `terms` on on_sale_at, closes_at, and whether it is stopped and cancelled.
SaleTerms read_terms(const Rows& rows, std::uint32_t begins, std::uint32_t terms);

// A date `d` of a concert `c` as reservations show it: its columns, which read_summary() takes from
// `from` on.
inline constexpr char kSummary[] =
    "c.concert_id, c.title, COALESCE(d.venue, c.venue), d.begins_at, c.time_zone, c.queue_id";
DateSummary read_summary(const Rows& rows, std::uint32_t from);

// Concerts, their dates, and the seats that a new date begins with.
class ConcertStore {
 public:
  explicit ConcertStore(Session& session) : session_(session) {}

  // At most `limit` concerts of a queue with ids above `after`, in order of id, without those that
  // are hidden.
  std::vector<Concert> page(QueueId queue, ConcertId after, std::int64_t limit);

  // The queue of a concert; nothing if there is no such concert, or it is hidden.
  std::optional<QueueId> queue_of(ConcertId concert);

  // The dates whose sale has not ended by its terms, but no cancelled ones; nothing if there is no
  // such concert, or it is hidden.
  std::optional<BookableDates> bookable_dates(ConcertId concert);

  // Every date of the concert, those that have begun included; nothing if there is no such concert.
  std::optional<BookableDates> all_dates(ConcertId concert);

  // Names the state of the catalogue: its newest concert and date, and its last change, each with
  // its time. A database that lost its newest rows gives their ids out again, but never this text.
  // It has no spaces.
  std::string newest();

  ConcertId add(const std::string& title, const std::string& venue);

  // Adds a date without its seats. Nothing, and nothing done, if there is no such concert or
  // `starts_at` has passed. Throws Duplicate if the concert begins then already.
  std::optional<DateId> add_date(ConcertId concert, Instant starts_at, SeatNumber seats);
  void add_seats(DateId date, SeatNumber seats, Points price);
  // With the price of each seat; at least one. The first has the number that follows `after`.
  void add_seats(DateId date, const std::vector<Points>& prices, SeatNumber after = 0);

 private:
  std::optional<BookableDates> dates(const std::string& sql, ConcertId concert);

  Session& session_;
};

}  // namespace concert
