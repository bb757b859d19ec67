#pragma once

#include <string>
#include <vector>

#include "domain/concert.h"
#include "store/session/session.h"

namespace concert {

// How a date sells. Every seat of it is counted once: sold, held, blocked or free.
struct DateSale {
  ConcertId concert;
  std::string title;
  std::string venue;
  DateId date;
  Instant starts_at;
  std::int64_t seats = 0;
  std::int64_t sold = 0;
  std::int64_t held = 0;  // by live holds
  std::int64_t blocked = 0;
  std::int64_t free = 0;
  Points revenue = 0;   // of the seats that are sold
  Points refunded = 0;  // given back, which is no part of the revenue
};

// The figures of a sale. They lock nothing; asked within one Snapshot they are of one moment.
class SaleStore {
 public:
  explicit SaleStore(Session& session) : session_(session) {}

  // At most `limit` dates with ids above `after`, in order of id; of one concert, or of all where
  // `concert` is 0.
  std::vector<DateSale> page(ConcertId concert, DateId after, std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
