#pragma once

#include "service/backend.h"

namespace concert {

// Takes seats of a date from sale and puts them back: all that are named, or none. To the public a
// blocked seat is SOLD.
class BlockSeats {
 public:
  explicit BlockSeats(Backend& backend) : backend_(backend) {}

  // `seats` ascending, none twice. Throws ChangeRefused, naming them, if some are not to be had:
  // held, sold, blocked already, or none of the date's.
  void block(DateId date, const SeatNumbers& seats, const AdminAction& action);
  // The same if some are not blocked.
  void unblock(DateId date, const SeatNumbers& seats, const AdminAction& action);

 private:
  std::string not_to_be_had(DateId date, const SeatNumbers& seats, bool to_block);
  void note(DateId date, const SeatNumbers& seats, const AdminAction& action);

  Backend& backend_;
};

}  // namespace concert
