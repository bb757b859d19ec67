#include "store/sale/seat_store.h"

#include <fmt/format.h>

#include "store/sale/concert_store.h"
#include "store/sale/hall_store.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

// The columns of a seat `s`, as read_seat() takes them. A lapsed hold counts as available. The last
// one is the state, and 4 more if the seat is accessible: a number is read faster than a word, and
// one faster than two, and a date has many seats.
constexpr char kSeat[] =
    "s.seat_number, s.price, CASE WHEN s.state = 'SOLD' THEN 2 WHEN s.state = 'HELD' AND "
    "s.held_until > NOW(3) THEN 1 ELSE 0 END + 4 * s.is_accessible";

constexpr char kFreeOfRange[] =
    "s.concert_date_id = ? AND s.seat_number BETWEEN ? AND ? "
    "AND (s.state = 'AVAILABLE' OR (s.state = 'HELD' AND s.held_until <= NOW(3)))";

SeatState read_state(std::int64_t state) {
  if (state == 2) return SeatState::sold;
  return state == 1 ? SeatState::held : SeatState::available;
}

Seat read_seat(const Rows& rows, std::uint32_t at) {
  const std::int64_t state = rows.number(at + 2);
  return {static_cast<SeatNumber>(rows.number(at)), rows.number(at + 1), read_state(state & 3),
          (state & 4) != 0};
}

// The values of a statement about a date and a list of its seats.
std::vector<Value> of_date(DateId date, const SeatNumbers& seats) {
  std::vector<Value> values{date};
  values.insert(values.end(), seats.begin(), seats.end());
  return values;
}

std::vector<Seat> read_seats(Rows rows) {
  std::vector<Seat> found;
  while (rows.next()) found.push_back(read_seat(rows, 1));
  return found;
}

}  // namespace

SeatStore::Dates SeatStore::of_dates(const std::vector<DateId>& dates) {
  const auto list = padded(dates);
  std::vector<Value> values{list.begin(), list.end()};
  values.emplace_back(kMaxPlainSeats);
  // The terms are sent with the first seat of a date alone: with each they cost a tenth of the
  // read.
  auto rows = session_.query(fmt::format(R"sql(
      SELECT d.concert_date_id, d.concert_id, {},
             IF(s.seat_number = 1, d.begins_at, NULL), IF(s.seat_number = 1, d.on_sale_at, NULL),
             IF(s.seat_number = 1, d.closes_at, NULL), IF(s.seat_number = 1, d.stopped_at IS NOT NULL, NULL),
             IF(s.seat_number = 1, d.cancelled_at IS NOT NULL, NULL), IF(s.seat_number = 1, NOW(3), NULL),
             IF(s.seat_number = 1, c.visible_from > NOW(3), NULL),
             IF(s.seat_number = 1, s.row_no IS NOT NULL, NULL), c.queue_id
      FROM concert_date d JOIN concert c ON c.concert_id = d.concert_id
        JOIN seat s ON s.concert_date_id = d.concert_date_id
      WHERE d.concert_date_id IN ({}) AND d.seat_count <= ? ORDER BY d.concert_date_id, s.seat_number)sql",
                                         kSeat, placeholders(list.size())),
                             values);
  Dates found;
  while (rows.next()) {
    const DateId date{rows.number(1)};
    if (found.empty() || found.back().first != date) {
      found.emplace_back(date, DateSeats{ConcertId{rows.number(2)},
                                         QueueId{rows.number(14)},
                                         {},
                                         read_terms(rows, 6, 7),
                                         rows.instant(11)});
      found.back().second.is_hidden = !rows.is_null(12) && rows.number(12) != 0;
      found.back().second.has_layout = rows.number(13) != 0;
    }
    found.back().second.seats.push_back(read_seat(rows, 3));
  }
  return found;
}

std::optional<DateSeats> SeatStore::date(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT d.concert_id, d.begins_at, d.on_sale_at, d.closes_at, d.stopped_at IS NOT NULL,
             d.cancelled_at IS NOT NULL, NOW(3), COALESCE(c.visible_from > NOW(3), 0),
             EXISTS (SELECT 1 FROM hall_section h WHERE h.concert_date_id = d.concert_date_id), c.queue_id
      FROM concert_date d JOIN concert c ON c.concert_id = d.concert_id
      WHERE d.concert_date_id = ?)sql",
                             {date});
  if (!rows.next()) return std::nullopt;
  DateSeats found{ConcertId{rows.number(1)},
                  QueueId{rows.number(10)},
                  {},
                  read_terms(rows, 2, 3),
                  rows.instant(7)};
  found.is_hidden = rows.number(8) != 0;
  found.has_layout = rows.number(9) != 0;
  return found;
}

std::optional<DateSeats> SeatStore::in_section(const AskedDate& asked, const std::string& section) {
  std::optional<DateSeats> found;
  {
    auto rows = session_.query(fmt::format(R"sql(
        SELECT {}, IF(r.first_seat = h.first_seat, d.begins_at, NULL),
               IF(r.first_seat = h.first_seat, d.on_sale_at, NULL), IF(r.first_seat = h.first_seat, d.closes_at, NULL),
               d.stopped_at IS NOT NULL, d.cancelled_at IS NOT NULL, IF(r.first_seat = h.first_seat, NOW(3), NULL)
        FROM hall_section h
          STRAIGHT_JOIN concert_date d ON d.concert_date_id = h.concert_date_id
          STRAIGHT_JOIN concert c ON c.concert_id = d.concert_id {}
        WHERE h.concert_date_id = ? AND h.name = ? AND d.concert_id = ? AND c.queue_id = ?
          AND (c.visible_from IS NULL OR c.visible_from <= NOW(3)) ORDER BY r.row_no)sql",
                                           kLayoutRow, kJoinRows),
                               {asked.date, section, asked.concert, asked.queue});
    while (rows.next()) {
      if (!found) {
        found.emplace(
            DateSeats{asked.concert, asked.queue, {}, read_terms(rows, 12, 13), rows.instant(17)});
        found->has_layout = true;
      }
      add_layout_row(found->layout, rows, 1);
    }
  }
  if (!found) return found;
  // A statement of its own: in one statement each seat would carry the columns of its row.
  const HallSection& in_hall = found->layout.front();
  found->seats = range(asked.date, in_hall.first_seat, in_hall.last_seat);
  return found;
}

std::vector<Seat> SeatStore::range(DateId date, SeatNumber first, SeatNumber last) {
  return read_seats(session_.query(fmt::format(R"sql(
      SELECT {} FROM seat s
      WHERE s.concert_date_id = ? AND s.seat_number BETWEEN ? AND ? ORDER BY s.seat_number)sql",
                                               kSeat),
                                   {date, first, last}));
}

std::optional<HoldOutlook> SeatStore::outlook(TokenId token, DateId date, const SeatNumbers& seats,
                                              std::int64_t holds_per_visit) {
  // 0 is the number of no seat.
  const SeatNumbers list = padded(seats.empty() ? SeatNumbers{0} : seats);
  std::vector<Value> values{date, holds_per_visit - 1, date};
  values.insert(values.end(), list.begin(), list.end());
  values.emplace_back(token);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT t.token_id, t.user_id, t.state, t.issued_at, t.expires_at, NOW(3), d.begins_at,
             (SELECT COALESCE(SUM(r.seat_count), 0) FROM reservation r FORCE INDEX (reservation_of_user_date_state)
              WHERE r.user_id = t.user_id AND r.concert_date_id = ? AND r.state IN ('HELD', 'PAID')
                AND (r.state = 'PAID' OR r.held_until > NOW(3))),
             {}, COALESCE(h.section_no, 0), d.seat_count, d.on_sale_at, d.closes_at,
             d.stopped_at IS NOT NULL, d.cancelled_at IS NOT NULL, {},
             (SELECT e.created_at FROM reservation e WHERE e.reservation_id =
                (SELECT i.reservation_id FROM reservation i FORCE INDEX (reservation_of_user)
                 WHERE i.user_id = t.user_id ORDER BY i.reservation_id DESC LIMIT 1 OFFSET ?)),
             EXISTS (SELECT 1 FROM hall_section a WHERE a.concert_date_id = d.concert_date_id), t.queue_id,
             GREATEST(t.issued_at, COALESCE(o.opens_at, t.issued_at)),
             t.unclaimed, COALESCE(t.readmitted_at, t.admitted_at), o.waiting_count + o.returned_count > 0,
             {}
      FROM token t
        JOIN queue o ON o.queue_id = t.queue_id
        LEFT JOIN (concert_date d JOIN concert c ON c.concert_id = d.concert_id
                   AND (c.visible_from IS NULL OR c.visible_from <= NOW(3))) ON d.concert_date_id = ?
        LEFT JOIN seat s ON s.concert_date_id = d.concert_date_id AND s.seat_number IN ({})
        LEFT JOIN hall_row w ON w.concert_date_id = s.concert_date_id AND w.row_no = s.row_no
        LEFT JOIN hall_section h ON h.concert_date_id = w.concert_date_id AND h.section_no = w.section_no
      WHERE t.token_id = ? ORDER BY s.seat_number)sql",
                                         kSeat, kSummary, kPlace, placeholders(list.size())),
                             values);
  std::optional<HoldOutlook> outlook;
  while (rows.next()) {
    if (!outlook) {
      outlook.emplace();
      outlook->token.id = TokenId{rows.number(1)};
      outlook->token.queue = QueueId{rows.number(26)};
      outlook->token.user = rows.user(2);
      outlook->token.state = token_state(rows.text(3));
      outlook->token.issued_at = rows.instant(4);
      outlook->token.counted_from = rows.instant(27);
      outlook->token.expires_at = rows.instant(5);
      outlook->token.is_unclaimed = rows.number(28) != 0;
      if (!rows.is_null(29)) outlook->token.admitted_at = rows.instant(29);
      outlook->token.is_awaited = rows.number(30) != 0;
      outlook->now = rows.instant(6);
      if (!rows.is_null(7)) {
        outlook->terms = read_terms(rows, 7, 14);
        outlook->date = read_summary(rows, 18);
        outlook->seat_count = static_cast<SeatNumber>(rows.number(13));
        outlook->has_layout = rows.number(25) != 0;
      }
      outlook->own_seats = rows.number(8);
      if (!rows.is_null(24)) outlook->earlier = rows.instant(24);
    }
    if (rows.is_null(9)) break;
    outlook->seats.push_back(read_seat(rows, 9));
    outlook->places.push_back(read_place(rows, 31, outlook->seats.back().number));
    outlook->seats.back().section_no = static_cast<std::int32_t>(rows.number(12));
  }
  return outlook;
}

std::vector<Seat> SeatStore::lock(DateId date, const SeatNumbers& seats) {
  const SeatNumbers list = padded(seats);
  return read_seats(session_.query(fmt::format(R"sql(
      SELECT {} FROM seat s WHERE s.concert_date_id = ? AND s.seat_number IN ({})
      ORDER BY s.seat_number FOR UPDATE)sql",
                                               kSeat, placeholders(list.size())),
                                   of_date(date, list)));
}

std::vector<Seat> SeatStore::free_seats(DateId date, Range range, Reading reading) {
  const std::vector<Value> values{date, range.first, range.last};
  if (reading == Reading::locking) {
    return read_seats(session_.query(fmt::format(R"sql(
      SELECT {} FROM seat s
      WHERE {} ORDER BY s.seat_number FOR UPDATE)sql",
                                                 kSeat, kFreeOfRange),
                                     values));
  }
  return read_seats(session_.query(fmt::format(R"sql(
      SELECT {} FROM seat s
      WHERE {} ORDER BY s.seat_number)sql",
                                               kSeat, kFreeOfRange),
                                   values));
}

bool SeatStore::lock_choice(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT concert_date_id FROM choice_lock WHERE concert_date_id = ? FOR UPDATE)sql",
                             {date});
  return rows.next();
}

void SeatStore::add_choice_lock(DateId date) {
  session_.execute(R"sql(
      INSERT IGNORE INTO choice_lock (concert_date_id) VALUES (?))sql",
                   {date});
}

std::uint64_t SeatStore::hold(DateId date, const SeatNumbers& seats, ReservationId reservation,
                              Instant until) {
  const SeatNumbers list = padded(seats);
  std::vector<Value> values{reservation, until, date};
  values.insert(values.end(), list.begin(), list.end());
  // The WHERE clause is the lock: of two users racing for a seat, one changes the row and the
  // other changes none. Ascending order keeps overlapping groups from a deadlock.
  return session_.execute(fmt::format(R"sql(
      UPDATE seat SET state = 'HELD', reservation_id = ?, held_until = ?
      WHERE concert_date_id = ? AND seat_number IN ({})
        AND (state = 'AVAILABLE' OR (state = 'HELD' AND held_until <= NOW(3)))
      ORDER BY seat_number)sql",
                                      placeholders(list.size())),
                          values);
}

std::uint64_t SeatStore::extend(DateId date, const SeatNumbers& seats, ReservationId reservation,
                                Instant until) {
  const SeatNumbers list = padded(seats);
  std::vector<Value> values{until, date};
  values.insert(values.end(), list.begin(), list.end());
  values.emplace_back(reservation);
  return session_.execute(fmt::format(R"sql(
      UPDATE seat SET held_until = ?
      WHERE concert_date_id = ? AND seat_number IN ({}) AND reservation_id = ? AND state = 'HELD'
      ORDER BY seat_number)sql",
                                      placeholders(list.size())),
                          values);
}

std::uint64_t SeatStore::release(ReservationId reservation) { return release_all({reservation}); }

std::uint64_t SeatStore::release_all(const std::vector<ReservationId>& reservations) {
  const auto list = padded(reservations);
  return session_.execute(fmt::format(R"sql(
      UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL
      WHERE reservation_id IN ({}) AND state = 'HELD')sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

std::uint64_t SeatStore::give_back(ReservationId reservation, const SeatNumbers& seats) {
  const SeatNumbers list = padded(seats);
  std::vector<Value> values{reservation};
  values.insert(values.end(), list.begin(), list.end());
  return session_.execute(fmt::format(R"sql(
      UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL
      WHERE reservation_id = ? AND seat_number IN ({}) AND state = 'SOLD')sql",
                                      placeholders(list.size())),
                          values);
}

std::uint64_t SeatStore::give_back_all(const std::vector<ReservationId>& reservations) {
  const auto list = padded(reservations);
  return session_.execute(fmt::format(R"sql(
      UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL
      WHERE reservation_id IN ({}) AND state = 'SOLD')sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

std::uint64_t SeatStore::block(DateId date, const SeatNumbers& seats) {
  std::uint64_t blocked = 0;
  in_batches(seats, [&](const SeatNumbers& batch) {
    const SeatNumbers list = padded(batch);
    blocked += session_.execute(fmt::format(R"sql(
      UPDATE seat SET state = 'SOLD', reservation_id = NULL, held_until = NULL, blocked_at = NOW(3)
      WHERE concert_date_id = ? AND seat_number IN ({})
        AND (state = 'AVAILABLE' OR (state = 'HELD' AND held_until <= NOW(3)))
      ORDER BY seat_number)sql",
                                            placeholders(list.size())),
                                of_date(date, list));
  });
  return blocked;
}

std::uint64_t SeatStore::unblock(DateId date, const SeatNumbers& seats) {
  std::uint64_t unblocked = 0;
  in_batches(seats, [&](const SeatNumbers& batch) {
    const SeatNumbers list = padded(batch);
    unblocked += session_.execute(fmt::format(R"sql(
      UPDATE seat SET state = 'AVAILABLE', blocked_at = NULL
      WHERE concert_date_id = ? AND seat_number IN ({}) AND blocked_at IS NOT NULL
      ORDER BY seat_number)sql",
                                              placeholders(list.size())),
                                  of_date(date, list));
  });
  return unblocked;
}

SeatNumbers SeatStore::blocked(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT seat_number FROM seat WHERE concert_date_id = ? AND blocked_at IS NOT NULL ORDER BY seat_number)sql",
                             {date});
  SeatNumbers numbers;
  while (rows.next()) numbers.push_back(static_cast<SeatNumber>(rows.number(1)));
  return numbers;
}

std::uint64_t SeatStore::sell(DateId date, const SeatNumbers& seats,
                              const std::vector<ReservationId>& reservations) {
  const SeatNumbers numbers = padded(seats);
  const auto list = padded(reservations);
  std::vector<Value> values{date};
  values.insert(values.end(), numbers.begin(), numbers.end());
  values.insert(values.end(), list.begin(), list.end());
  // By the index of reservations the seats of several would not be locked in ascending order.
  return session_.execute(fmt::format(R"sql(
      UPDATE seat FORCE INDEX (PRIMARY) SET state = 'SOLD', held_until = NULL
      WHERE concert_date_id = ? AND seat_number IN ({}) AND reservation_id IN ({}) AND state = 'HELD'
      ORDER BY seat_number)sql",
                                      placeholders(numbers.size()), placeholders(list.size())),
                          values);
}

}  // namespace concert
