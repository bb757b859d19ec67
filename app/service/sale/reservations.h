#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/metrics.h"
#include "domain/admin_action.h"
#include "domain/idempotency.h"
#include "service/access/guard.h"
#include "service/sale/best_seats.h"
#include "settings/settings.h"
#include "store/sale/hall_store.h"
#include "store/sale/reservation_store.h"
#include "store/sale/seat_store.h"

namespace concert {

struct HoldRequest {
  DateId date;
  SeatNumbers seats;  // at least one, ascending, none twice; none where there is a wish
  std::optional<IdempotencyKey> key;
  const char* seats_field = "seatNumbers";  // the member that the seats came in
  std::optional<SeatWish> wish{};           // for seats that the service chooses

  std::int64_t count() const {
    return wish ? wish->terms.count : static_cast<std::int64_t>(seats.size());
  }
};

// A user's reservations: seats are held for a while, then paid (Payments), released, or free again
// because the hold has lapsed.
class Reservations {
 public:
  Reservations(Session& db, Guard& guard, const Settings& settings, Metrics& metrics)
      : db_(db), guard_(guard), settings_(settings), metrics_(metrics) {}

  // Holds every seat asked for, or none. Returns the answer, as `render` wrote it for this hold or
  // for the earlier one with the same key.
  // Refuses: token_expired, token_waiting, idempotency_key_reused, date_not_found, wrong_queue,
  // seat_invalid, date_cancelled, not_on_sale, date_closed, hold_limit, seat_limit,
  // seat_unavailable; for a wish also field_invalid, not_together.
  using Render = std::function<std::string(const ShownReservation&)>;
  StoredAnswer hold(const TokenClaims& claims, const HoldRequest& request, const Render& render);

  // Keeps the seats of a live hold for as long from now as a new hold would, or as long as a hold
  // may last since it was made. Returns the hold with its new end, which is never earlier than
  // before. Refuses: token_expired, token_waiting, token_records_only, reservation_not_found,
  // wrong_queue, already_paid, hold_expired, extension_limit, date_cancelled.
  ShownReservation extend(const TokenClaims& claims, ReservationId id);

  // Frees the seats of a hold. Does nothing to a hold that was released or has lapsed.
  // Refuses: token_expired, reservation_not_found, already_paid.
  void release(const TokenClaims& claims, ReservationId id);

  // Refuses: token_expired, reservation_not_found.
  ShownReservation show(const TokenClaims& claims, ReservationId id);

  // The same for a list, newest first: at most `limit`, with ids below `before`.
  // Refuses: token_expired.
  std::vector<ShownReservation> list(const TokenClaims& claims, std::optional<ReservationId> before,
                                     std::int64_t limit);

 private:
  // `made` is what an earlier attempt may have made, and becomes what this one makes.
  StoredAnswer attempt(const TokenClaims& claims, const HoldRequest& request, const Render& render,
                       std::optional<ShownReservation>& made);
  bool is_there(const Reservation& made);
  struct Outlook : HoldOutlook {
    bool is_last = false;    // the hold must not lose a race after it
    BestSeats::Plan plan{};  // for a wish
  };
  HoldOutlook look(const TokenClaims& claims, const HoldRequest& request);
  void require_holdable(Outlook& outlook, const HoldRequest& request);
  void choose(Outlook& outlook, const HoldRequest& request);
  ShownReservation make(const UserId& user, const HoldRequest& request, Outlook& outlook);
  ReservationStore::Newest insert(const UserId& user, const HoldRequest& request,
                                  const Outlook& outlook);
  // `before` is the end that an earlier attempt may have written.
  ShownReservation extend_in_transaction(const LockedToken& locked, ReservationId id,
                                         const std::optional<Instant>& before);
  void prolong(const Reservation& reservation, const LockedToken& locked);
  void move_end(const Reservation& reservation, Instant until);
  // False if the hold was over already.
  bool release_in_transaction(const LockedToken& locked, ReservationId id);

  Session& db_;
  Guard& guard_;
  const Settings& settings_;
  Metrics& metrics_;
  ReservationStore reservations_{db_};
  SeatStore seats_{db_};
  BestSeats best_{db_};
  HallStore halls_{db_};
};

// Frees the seats of a live hold, for an administrator. Returns the reservation as it was. Throws
// ChangeRefused if there is no such reservation or it is not a live hold.
Reservation release_reservation(Session& db, ReservationId id, const AdminAction& action);

// What release_batch() did.
struct ReleasedBatch {
  std::optional<ReservationId> last;  // that it looked at; nothing: there was none
  std::int64_t tickets = 0;           // seats that it freed
};

// Releases the live ones of the first kReleaseBatch holds of a date with ids above `after`, in one
// transaction without a record. Safe beside copies of itself and beside payments.
ReleasedBatch release_batch(Session& db, DateId date, ReservationId after);
inline constexpr std::int64_t kReleaseBatch = 50;

// Marks one batch of lapsed holds as expired and clears their seats. A lapsed hold is free by
// condition in every query, so it does not matter when this runs. Safe beside copies of itself and
// beside payments. Returns how many; fewer than kExpiryBatch when no lapsed hold is left.
std::size_t expire_holds(Session& db);
inline constexpr std::int64_t kExpiryBatch = 200;

}  // namespace concert
