#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

// The seats of the dates of a queue that are on sale.
struct QueueSeats {
  std::int64_t available = 0;  // those of lapsed holds included
  std::int64_t held = 0;       // in live holds
  std::int64_t holders = 0;    // users with a live hold; one in a hall and on a plain date is two
};

// Counts the seats that queues sell. It never reads the seats of a hall: what is free of a layout
// follows from the claims of its sections, and what is held from the index of holds that have not
// ended. The seats of a plain date, which are few, are read.
class StockStore {
 public:
  explicit StockStore(Session& session) : session_(session) {}

  // Nothing if no date of the queue is on sale. The caller has begun a snapshot, so that all of it
  // is of one moment.
  std::optional<QueueSeats> of(QueueId queue);

 private:
  struct Dates {
    std::vector<DateId> with_layout;
    std::vector<DateId> plain;
    std::int64_t unclaimed = 0;    // seats of layouts that nobody claims
    std::int64_t plain_seats = 0;  // all of them
  };
  Dates on_sale(QueueId queue);
  // Adds the holds of `dates` to `seats`. Returns how many seats of lapsed holds nothing has noted.
  std::int64_t add_holds(const std::vector<DateId>& dates, QueueSeats& seats);
  std::int64_t sold(const std::vector<DateId>& plain);

  Session& session_;
};

}  // namespace concert
