#include "service/admin/block_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "service/admin/change_refused.h"
#include "store/session/transaction.h"

namespace concert {

void BlockSeats::block(DateId date, const SeatNumbers& seats, const AdminAction& action) {
  run_transaction(backend_.db, [&] {
    if (backend_.seats.block(date, seats) != seats.size()) {
      throw ChangeRefused(not_to_be_had(date, seats, true));
    }
    note(date, seats, action);
  });
}

void BlockSeats::unblock(DateId date, const SeatNumbers& seats, const AdminAction& action) {
  run_transaction(backend_.db, [&] {
    if (backend_.seats.unblock(date, seats) != seats.size()) {
      throw ChangeRefused(not_to_be_had(date, seats, false));
    }
    note(date, seats, action);
  });
}

void BlockSeats::note(DateId date, const SeatNumbers& seats, const AdminAction& action) {
  backend_.admin_actions.append(action, fmt::format(R"({{"concertDateId":{},"seatNumbers":[{}]}})",
                                                    date.value, fmt::join(seats, ",")));
}

// Which of `seats` are in the way. What the open transaction has changed is undone first, so that
// it is not taken for what others did.
std::string BlockSeats::not_to_be_had(DateId date, const SeatNumbers& seats, bool to_block) {
  backend_.db.rollback();
  const auto found = backend_.seats.of_dates({date});
  if (found.empty()) return fmt::format("there is no date {}.", date.value);
  const SeatNumbers blocked = backend_.seats.blocked(date);
  std::vector<std::string> in_the_way;
  for (const SeatNumber number : seats) {
    const auto& all = found.front().second.seats;
    const auto seat =
        std::find_if(all.begin(), all.end(), [&](const Seat& s) { return s.number == number; });
    const bool is_blocked = std::binary_search(blocked.begin(), blocked.end(), number);
    const std::string_view is = seat == all.end() ? "not of this date"
                                : is_blocked      ? "BLOCKED"
                                                  : to_text(seat->state);
    if (is != (to_block ? "AVAILABLE" : "BLOCKED"))
      in_the_way.push_back(fmt::format("{} is {}", number, is));
  }
  if (in_the_way.empty()) in_the_way.emplace_back("they changed hands meanwhile, try again");
  return fmt::format("no seat of date {}, which has {}, was {}: {}.", date.value,
                     count_of(static_cast<std::int64_t>(found.front().second.seats.size()), "seat"),
                     to_block ? "blocked" : "unblocked", few_of(in_the_way));
}

}  // namespace concert
