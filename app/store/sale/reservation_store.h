#pragma once

#include <optional>
#include <vector>

#include "domain/reservation.h"
#include "store/session/session.h"

namespace concert {

// Reservations and the seats they asked for. If a seat's row says something else, the row counts.
class ReservationStore {
 public:
  explicit ReservationStore(Session& session) : session_(session) {}

  struct HoldTerms {
    std::int64_t seat_count = 0;
    Points total = 0;             // of its seats
    std::int64_t hold_ms = 0;     // from now on,
    Instant latest;               // and no longer than until then
    std::int64_t seat_limit = 0;  // in force per user and date; an audit compares with it
  };
  // Writes a hold without its seats. False, and nothing done, if the date is not on sale.
  bool insert_hold(const UserId& user, DateId date, const HoldTerms& terms);

  struct Newest {
    ReservationId id;
    Instant held_until;
    std::int64_t own_seats = 0;  // that the user holds or owns on the date, this hold included
    Instant made_at;
    std::optional<Instant>
        earlier;  // when the user made the hold that is holds_per_visit before it
  };
  // The hold that this session inserted last, of `user` on `date`.
  Newest newest(const UserId& user, DateId date, std::int64_t holds_per_visit);

  // Notes which seats at which prices the reservation is for.
  void insert_seats(ReservationId reservation, const std::vector<Seat>& seats);

  // The reservation as of now: a lapsed hold is expired. Nothing if the user has no such
  // reservation.
  std::optional<ShownReservation> find(const UserId& user, ReservationId id);
  // find(), locked for this transaction.
  std::optional<Reservation> lock(const UserId& user, ReservationId id);

  // Those of `ids`, at least one, that are the user's, ascending and locked for this transaction,
  // and how many live holds of `queue` the user has in all.
  struct Payable {
    std::vector<Reservation> reservations;
    std::optional<QueueId> other_queue;  // if one of them is of another queue
    std::int64_t live_holds = 0;         // not counted if `reservations` is empty
  };
  Payable lock_all(const UserId& user, QueueId queue, const std::vector<ReservationId>& ids);

  // At most `limit` of the user's reservations with ids below `before`, newest first.
  std::vector<ShownReservation> page(const UserId& user, std::optional<ReservationId> before,
                                     std::int64_t limit);

  // Ends a live hold. False if it has ended or lapsed; or if it is to be paid, and its date is
  // cancelled.
  bool end_hold(ReservationId id, ReservationState as);

  // Moves the end of a live hold on to `until`. False if it has ended or lapsed, ends no earlier
  // than that, or its date is cancelled.
  bool extend(ReservationId id, Instant until);

  // Marks some, not all, of the seats that a paid reservation has left as refunded. False, and the
  // caller rolls back, if it is not paid or one of them is not left.
  bool refund_seats(ReservationId id, const SeatNumbers& seats);

  // Locks those of `ids` that are paid, ascending.
  std::vector<Reservation> lock_paid(const std::vector<ReservationId>& ids);

  // A reservation as an administrator sees it.
  struct Record {
    Reservation reservation;  // as of now: a lapsed hold is expired
    Instant created_at;
    std::optional<Instant> ended_at;  // when it was paid, released, refunded or marked as expired
    std::optional<Instant> paid_at;
  };
  // Of any user; nothing if there is no such reservation.
  std::optional<Record> record(ReservationId id);
  // All that are kept of a date, whatever became of them, in order of id.
  std::vector<Record> of_date(DateId date);

  // The user's live holds, in order of id.
  std::vector<ReservationId> live_holds(const UserId& user);
  // Of these, those of dates that `queue` sells.
  std::vector<ReservationId> live_holds(const UserId& user, QueueId queue);

 private:
  Session& session_;
};

}  // namespace concert
