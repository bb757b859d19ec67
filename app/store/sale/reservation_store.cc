#include "store/sale/reservation_store.h"

#include <fmt/format.h>

#include <limits>

#include "domain/check.h"
#include "store/sale/bulk_reservation_store.h"
#include "store/sale/concert_store.h"
#include "store/sale/hall_store.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

// The columns of a reservation `r` and one of its seats `s`, as gather() takes them. A lapsed hold
// is EXPIRED, whether or not a pass has ended it yet.
constexpr char kReservation[] =
    "r.reservation_id, r.user_id, r.concert_date_id, "
    "CASE WHEN r.state = 'HELD' AND r.held_until <= NOW(3) THEN 'EXPIRED' ELSE r.state END, "
    "r.total_price, r.held_until, s.seat_number, s.price, s.refunded_at IS NOT NULL";

// Adds the seat of a row, whose place is in the columns that begin with `place`; 0: it has none.
void add_seat(Reservation& to, const Rows& rows, std::uint32_t place) {
  const auto seat = static_cast<SeatNumber>(rows.number(7));
  const Points price = rows.number(8);
  to.seats.push_back(seat);
  to.as_held.push_back({place == 0 ? plain_place(seat) : read_place(rows, place, seat), price});
  if (to.state != ReservationState::refunded && rows.number(9) == 0) return;
  to.refunded.push_back(seat);
  to.refunded_amount += price;
}

// The reservation of a row, without seats.
Reservation read_reservation(const Rows& rows) {
  return {ReservationId{rows.number(1)},
          rows.user(2),
          DateId{rows.number(3)},
          reservation_state(rows.text(4)),
          {},
          rows.number(5),
          rows.instant(6)};
}

Reservation& reservation_in(Reservation& found) { return found; }
Reservation& reservation_in(ReservationStore::Record& found) { return found.reservation; }

// The rows of one reservation follow each other; `read` takes its first one. Without the columns of
// a place, see add_seat(), the seats are as those of a date without a layout.
template <class Found>
void add_row(std::vector<Found>& found, const Rows& rows, Found (*read)(const Rows&),
             std::uint32_t place = 0) {
  const ReservationId id{rows.number(1)};
  if (found.empty() || reservation_in(found.back()).id != id) found.push_back(read(rows));
  add_seat(reservation_in(found.back()), rows, place);
}

template <class Found>
std::vector<Found> gather(Rows rows, Found (*read)(const Rows&), std::uint32_t place = 0) {
  std::vector<Found> found;
  while (rows.next()) add_row(found, rows, read, place);
  return found;
}

// The date `d` of a reservation `r`, and its concert `c`. read_shown() takes kReservation and
// kSummary, and from kPlaceOfShown on kPlace.
constexpr char kOfDate[] =
    "JOIN concert_date d ON d.concert_date_id = r.concert_date_id "
    "JOIN concert c ON c.concert_id = d.concert_id";

constexpr std::uint32_t kPlaceOfShown = 16;

ShownReservation read_shown(const Rows& rows) {
  return {read_reservation(rows), read_summary(rows, 10)};
}

// What read_record() takes behind kReservation, with the payment `p`.
constexpr char kRecord[] = "r.created_at, r.ended_at, p.paid_at";

constexpr std::uint32_t kPlaceOfRecord = 13;

ReservationStore::Record read_record(const Rows& rows) {
  ReservationStore::Record record;
  record.reservation = read_reservation(rows);
  record.created_at = rows.instant(10);
  if (!rows.is_null(11)) record.ended_at = rows.instant(11);
  if (!rows.is_null(12)) record.paid_at = rows.instant(12);
  return record;
}

template <class Found>
std::optional<Found> only(std::vector<Found> found) {
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

bool ReservationStore::insert_hold(const UserId& user, DateId date, const HoldTerms& terms) {
  return session_.execute(
             R"sql(
      INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, held_until, created_at,
                               seat_limit)
      SELECT ?, d.concert_date_id, 'HELD', ?, ?,
             LEAST(NOW(3) + INTERVAL ? MICROSECOND, CAST(? AS DATETIME(3))), NOW(3), ?
      FROM concert_date d
      WHERE d.concert_date_id = ? AND d.closes_at > NOW(3) AND d.stopped_at IS NULL
        AND (d.on_sale_at IS NULL OR d.on_sale_at <= NOW(3))
      LOCK IN SHARE MODE)sql",
             {user, terms.seat_count, terms.total, terms.hold_ms * 1000, terms.latest,
              terms.seat_limit, date}) == 1;
}

ReservationStore::Newest ReservationStore::newest(const UserId& user, DateId date,
                                                  std::int64_t holds_per_visit) {
  auto rows = session_.query(
      R"sql(
      SELECT n.reservation_id, n.held_until,
             (SELECT SUM(r.seat_count) FROM reservation r FORCE INDEX (reservation_of_user_date_state)
              WHERE r.user_id = ? AND r.concert_date_id = ? AND r.state IN ('HELD', 'PAID')
                AND (r.state = 'PAID' OR r.held_until > NOW(3))),
             n.created_at,
             (SELECT e.created_at FROM reservation e WHERE e.reservation_id =
                (SELECT i.reservation_id FROM reservation i FORCE INDEX (reservation_of_user)
                 WHERE i.user_id = n.user_id ORDER BY i.reservation_id DESC LIMIT 1 OFFSET ?))
      FROM reservation n WHERE n.reservation_id = LAST_INSERT_ID())sql",
      {user, date, holds_per_visit});
  check(rows.next(), "the hold just written is there");
  Newest newest{
      ReservationId{rows.number(1)}, rows.instant(2), rows.number(3), rows.instant(4), {}};
  if (!rows.is_null(5)) newest.earlier = rows.instant(5);
  return newest;
}

void ReservationStore::insert_seats(ReservationId reservation, const std::vector<Seat>& seats) {
  std::vector<Value> values;
  for (const Seat& seat : seats) {
    values.insert(values.end(), {reservation, seat.number, seat.price});
  }
  session_.execute(fmt::format(R"sql(
      INSERT INTO reservation_seat (reservation_id, seat_number, price) VALUES {})sql",
                               placeholder_rows(seats.size(), 3)),
                   values);
}

std::optional<ShownReservation> ReservationStore::find(const UserId& user, ReservationId id) {
  return only(
      gather(session_.query(fmt::format(R"sql(
      SELECT {}, {}, {}
      FROM reservation r {}
        JOIN reservation_seat s ON s.reservation_id = r.reservation_id {}
      WHERE r.reservation_id = ? AND r.user_id = ? ORDER BY s.seat_number)sql",
                                        kReservation, kSummary, kPlace, kOfDate, kJoinPlace),
                            {id, user}),
             read_shown, kPlaceOfShown));
}

std::optional<Reservation> ReservationStore::lock(const UserId& user, ReservationId id) {
  return only(gather(session_.query(fmt::format(R"sql(
      SELECT {}
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id
      WHERE r.reservation_id = ? AND r.user_id = ? ORDER BY s.seat_number FOR UPDATE)sql",
                                                kReservation),
                                    {id, user}),
                     read_reservation));
}

ReservationStore::Payable ReservationStore::lock_all(const UserId& user, QueueId queue,
                                                     const std::vector<ReservationId>& ids) {
  const auto list = padded(ids);
  std::vector<Value> values{user, queue};
  values.insert(values.end(), list.begin(), list.end());
  values.emplace_back(user);
  // The statements within it lock nothing.
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {},
             (SELECT COUNT(*) FROM reservation o FORCE INDEX (reservation_of_user_date_state)
                STRAIGHT_JOIN concert_date d ON d.concert_date_id = o.concert_date_id
                STRAIGHT_JOIN concert c ON c.concert_id = d.concert_id
              WHERE o.user_id = ? AND o.state = 'HELD' AND o.held_until > NOW(3) AND c.queue_id = ?),
             (SELECT c.queue_id FROM concert_date d JOIN concert c ON c.concert_id = d.concert_id
              WHERE d.concert_date_id = r.concert_date_id)
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id
      WHERE r.reservation_id IN ({}) AND r.user_id = ?
      ORDER BY r.reservation_id, s.seat_number FOR UPDATE)sql",
                                         kReservation, placeholders(list.size())),
                             values);
  Payable payable;
  while (rows.next()) {
    add_row(payable.reservations, rows, read_reservation);
    payable.live_holds = rows.number(10);
    const QueueId of_concert{rows.number(11)};
    if (of_concert != queue) payable.other_queue = of_concert;
  }
  return payable;
}

std::vector<ShownReservation> ReservationStore::page(const UserId& user,
                                                     std::optional<ReservationId> before,
                                                     std::int64_t limit) {
  const ReservationId bound =
      before.value_or(ReservationId{std::numeric_limits<std::int64_t>::max()});
  return gather(session_.query(fmt::format(R"sql(
      SELECT {}, {}, {}
      FROM (SELECT reservation_id, user_id, concert_date_id, state, total_price, held_until FROM reservation
            WHERE user_id = ? AND reservation_id < ? ORDER BY reservation_id DESC LIMIT ?) r {}
        JOIN reservation_seat s ON s.reservation_id = r.reservation_id {}
      ORDER BY r.reservation_id DESC, s.seat_number)sql",
                                           kReservation, kSummary, kPlace, kOfDate, kJoinPlace),
                               {user, bound, limit}),
                read_shown, kPlaceOfShown);
}

bool ReservationStore::end_hold(ReservationId id, ReservationState as) {
  return session_.execute(R"sql(
      UPDATE reservation SET state = ?, ended_at = NOW(3)
      WHERE reservation_id = ? AND state = 'HELD' AND held_until > NOW(3)
        AND (? <> 'PAID' OR NOT EXISTS (SELECT 1 FROM concert_date d
             WHERE d.concert_date_id = reservation.concert_date_id AND d.cancelled_at IS NOT NULL)))sql",
                          {to_text(as), id, to_text(as)}) == 1;
}

bool ReservationStore::extend(ReservationId id, Instant until) {
  return session_.execute(R"sql(
      UPDATE reservation SET held_until = ?
      WHERE reservation_id = ? AND state = 'HELD' AND held_until > NOW(3) AND held_until < ?
        AND NOT EXISTS (SELECT 1 FROM concert_date d
             WHERE d.concert_date_id = reservation.concert_date_id AND d.cancelled_at IS NOT NULL))sql",
                          {until, id, until}) == 1;
}

bool ReservationStore::refund_seats(ReservationId id, const SeatNumbers& seats) {
  const SeatNumbers list = padded(seats);
  std::vector<Value> values{id};
  values.insert(values.end(), list.begin(), list.end());
  const auto refunded = session_.execute(fmt::format(R"sql(
      UPDATE reservation_seat SET refunded_at = NOW(3)
      WHERE reservation_id = ? AND seat_number IN ({}) AND refunded_at IS NULL)sql",
                                                     placeholders(list.size())),
                                         values);
  return refunded == seats.size() &&
         session_.execute(R"sql(
      UPDATE reservation SET seat_count = seat_count - ? WHERE reservation_id = ? AND state = 'PAID')sql",
                          {static_cast<std::int64_t>(seats.size()), id}) == 1;
}

std::vector<Reservation> ReservationStore::lock_paid(const std::vector<ReservationId>& ids) {
  const auto list = padded(ids);
  std::vector<ReservationId> locked;
  {
    auto rows = session_.query(fmt::format(R"sql(
        SELECT reservation_id FROM reservation WHERE reservation_id IN ({}) AND state = 'PAID'
        ORDER BY reservation_id FOR UPDATE)sql",
                                           placeholders(list.size())),
                               {list.begin(), list.end()});
    while (rows.next()) locked.push_back(ReservationId{rows.number(1)});
  }
  if (locked.empty()) return {};
  locked = padded(std::move(locked));
  // Read after the lock, so that what another session changed while this one waited is seen.
  return gather(session_.query(fmt::format(R"sql(
      SELECT {}
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id
      WHERE r.reservation_id IN ({})
      ORDER BY r.reservation_id, s.seat_number)sql",
                                           kReservation, placeholders(locked.size())),
                               {locked.begin(), locked.end()}),
                read_reservation);
}

std::optional<ReservationStore::Record> ReservationStore::record(ReservationId id) {
  return only(gather(session_.query(fmt::format(R"sql(
      SELECT {}, {}, {}
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id
        LEFT JOIN payment p ON p.payment_id = r.reservation_id {}
      WHERE r.reservation_id = ? ORDER BY s.seat_number)sql",
                                                kReservation, kRecord, kPlace, kJoinPlace),
                                    {id}),
                     read_record, kPlaceOfRecord));
}

std::vector<ReservationStore::Record> ReservationStore::of_date(DateId date) {
  return gather(session_.query(fmt::format(R"sql(
      SELECT {}, {}, {}
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id
        LEFT JOIN payment p ON p.payment_id = r.reservation_id {}
      WHERE r.concert_date_id = ? ORDER BY r.reservation_id, s.seat_number)sql",
                                           kReservation, kRecord, kPlace, kJoinPlace),
                               {date}),
                read_record, kPlaceOfRecord);
}

std::vector<ReservationId> ReservationStore::live_holds(const UserId& user) {
  return read_reservation_ids(session_.query(R"sql(
      SELECT reservation_id FROM reservation FORCE INDEX (reservation_of_user_date_state)
      WHERE user_id = ? AND state = 'HELD' AND held_until > NOW(3) ORDER BY reservation_id)sql",
                                             {user}));
}

std::vector<ReservationId> ReservationStore::live_holds(const UserId& user, QueueId queue) {
  return read_reservation_ids(session_.query(R"sql(
      SELECT r.reservation_id FROM reservation r FORCE INDEX (reservation_of_user_date_state)
        STRAIGHT_JOIN concert_date d ON d.concert_date_id = r.concert_date_id
        STRAIGHT_JOIN concert c ON c.concert_id = d.concert_id
      WHERE r.user_id = ? AND r.state = 'HELD' AND r.held_until > NOW(3) AND c.queue_id = ?
      ORDER BY r.reservation_id)sql",
                                             {user, queue}));
}

}  // namespace concert
