#include "service/admin/block_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/catalogue_store.h"
#include "store/sale/hall_store.h"
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
  const auto record = CatalogueStore(db).date(date);
  if (!record) return fmt::format("there is no date {}.", date.value);
  SeatStore store(db);
  const SeatNumbers blocked = store.blocked(date);
  const auto all = store.range(date, seats.front(), seats.back());
  std::vector<std::string> in_the_way;
  for (const SeatNumber number : seats) {
    const auto seat = std::lower_bound(all.begin(), all.end(), number,
                                       [](const Seat& s, SeatNumber n) { return s.number < n; });
    const bool is_blocked = std::binary_search(blocked.begin(), blocked.end(), number);
    const bool is_there = seat != all.end() && seat->number == number;
    const std::string_view is = !is_there    ? "not of this date"
                                : is_blocked ? "BLOCKED"
                                             : to_text(seat->state);
    if (is != wanted) in_the_way.push_back(fmt::format("{} is {}", number, is));
  }
  if (in_the_way.empty()) in_the_way.emplace_back("they changed hands meanwhile, try again");
  return fmt::format("no seat of date {}, which has {}, was {}: {}.", date.value,
                     count_of(record->seat_count, "seat"),
                     wanted == "BLOCKED" ? "unblocked" : "blocked", few_of(in_the_way));
}

}  // namespace

void block_seats(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action) {
  run_transaction(db, [&] {
    if (SeatStore(db).block(date, seats) != seats.size())
      throw ChangeRefused(why_not(db, date, seats, "AVAILABLE"));
    record(db, date, seats, action);
    HallStore(db).add_claims(date, seats);
  });
}

void unblock_seats(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action) {
  run_transaction(db, [&] {
    if (SeatStore(db).unblock(date, seats) != seats.size())
      throw ChangeRefused(why_not(db, date, seats, "BLOCKED"));
    record(db, date, seats, action);
    HallStore(db).end_claims(date, seats);
  });
}

}  // namespace concert
