#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "domain/reservation.h"
#include "store/session/session.h"

namespace concert {

// Rows of reservation_id.
std::vector<ReservationId> read_reservation_ids(Rows rows);

// Many reservations at once, whosever they are: for a cancellation, the expiry of holds, and what
// is deleted in time.
class BulkReservationStore {
 public:
  explicit BulkReservationStore(Session& session) : session_(session) {}

  // Of a date, what has ids above `after`, at most `limit`, in order of id. A hold may have lapsed.
  // What is paid comes with who paid.
  using Paid = std::vector<std::pair<ReservationId, UserId>>;
  std::vector<ReservationId> held(DateId date, ReservationId after, std::int64_t limit);
  Paid paid(DateId date, ReservationId after, std::int64_t limit);
  // Locks those of `ids` that are held, lapsed or not, ascending.
  std::vector<ReservationId> lock_held(const std::vector<ReservationId>& ids);
  // Releases those of `holds` that are live. Returns how many.
  std::uint64_t release_all(const std::vector<ReservationId>& holds);
  // Marks those of `ids` that are paid as refunded, with all seats that they have left. Returns how
  // many.
  std::uint64_t refund_all(const std::vector<ReservationId>& ids);
  // Whether a reservation of the date is paid, or a live hold.
  bool has_live(DateId date);
  // What was refunded of a date since it was cancelled.
  struct Refunded {
    std::int64_t reservations = 0;
    std::int64_t tickets = 0;
    Points points = 0;
  };
  Refunded refunded_since_cancelled(DateId date);

  // Deletes up to `limit` reservations that ended `as`, without a payment, before `before`, and
  // marks their dates as ones that had holds. Returns how many.
  std::uint64_t prune(ReservationState as, Instant before, std::int64_t limit);

  // Locks up to `limit` lapsed holds that no other session has locked.
  std::vector<ReservationId> lock_lapsed(std::int64_t limit);
  // Marks locked holds as expired. Returns how many.
  std::uint64_t expire(const std::vector<ReservationId>& ids);

 private:
  void mark_pruned(std::vector<Value> dates);

  Session& session_;
};

}  // namespace concert
