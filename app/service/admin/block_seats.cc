#include "service/admin/block_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/seat_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

void record(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action) {
  AdminActionStore(db).append(action, fmt::format(R"({{"concertDateId":{},"seatNumbers":[{}]}})",
                                                  date.value, fmt::join(seats, ",")));
}

// Why not all of `seats` could be blocked, or unblocked: those that are not `wanted`. What the open
// transaction has changed is rolled back first, so that it is not taken for what others did.
std::string why_not(Session& db, DateId date, const SeatNumbers& seats, std::string_view wanted) {
  db.rollback();
  SeatStore store(db);
  const auto found = store.of_dates({date});
  if (found.empty()) return fmt::format("there is no date {}.", date.value);
  const SeatNumbers blocked = store.blocked(date);
  const auto& all = found.front().second.seats;
  std::vector<std::string> in_the_way;
  for (const SeatNumber number : seats) {
    const auto seat =
        std::find_if(all.begin(), all.end(), [&](const Seat& s) { return s.number == number; });
    const bool is_blocked = std::binary_search(blocked.begin(), blocked.end(), number);
    const std::string_view is = seat == all.end() ? "not of this date"
                                : is_blocked      ? "BLOCKED"
                                                  : to_text(seat->state);
    if (is != wanted) in_the_way.push_back(fmt::format("{} is {}", number, is));
  }
  if (in_the_way.empty()) in_the_way.emplace_back("they changed hands meanwhile, try again");
  return fmt::format("no seat of date {}, which has {}, was {}: {}.", date.value,
                     count_of(static_cast<std::int64_t>(all.size()), "seat"),
                     wanted == "BLOCKED" ? "unblocked" : "blocked", few_of(in_the_way));
}

}  // namespace

void block_seats(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action) {
  run_transaction(db, [&] {
    if (SeatStore(db).block(date, seats) != seats.size())
      throw ChangeRefused(why_not(db, date, seats, "AVAILABLE"));
    record(db, date, seats, action);
  });
}

void unblock_seats(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action) {
  run_transaction(db, [&] {
    if (SeatStore(db).unblock(date, seats) != seats.size())
      throw ChangeRefused(why_not(db, date, seats, "BLOCKED"));
    record(db, date, seats, action);
  });
}

}  // namespace concert
