#include "store/sale/hall_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

// A section from its columns, which follow each other from `at` on.
HallSection read_section(const Rows& rows, std::uint32_t at) {
  HallSection section;
  section.section_no = static_cast<std::int32_t>(rows.number(at));
  section.name = rows.text(at + 1);
  section.category = rows.text(at + 2);
  section.price = rows.number(at + 3);
  section.first_seat = static_cast<SeatNumber>(rows.number(at + 4));
  section.last_seat = static_cast<SeatNumber>(rows.number(at + 5));
  return section;
}

SectionSale read_sale(const Rows& rows) {
  HallSection section = read_section(rows, 1);
  const std::int64_t available = section.seat_count() - rows.number(7);
  return {std::move(section), available, rows.number(8)};
}

bool is_in_front(const SectionSale& a, const SectionSale& b) {
  return a.section.first_seat < b.section.first_seat;
}

// `sales` are in order.
void add_lapsed(const std::vector<SeatNumber>& lapsed, std::vector<SectionSale>& sales) {
  for (const SeatNumber seat : lapsed) {
    const auto sale = std::lower_bound(
        sales.begin(), sales.end(), seat,
        [](const SectionSale& of, SeatNumber number) { return of.section.last_seat < number; });
    if (sale != sales.end()) ++sale->available_seats;
  }
}

Layout read_layout(Rows rows) {
  Layout found;
  while (rows.next()) add_layout_row(found, rows, 1);
  return found;
}

struct NewSeat {
  SeatNumber number = 0;
  Points price = 0;
  std::int32_t row_no = 0;
  bool is_accessible = false;
};

std::vector<NewSeat> seats_of(const Layout& layout, const SeatNumbers& accessible) {
  std::vector<NewSeat> seats;
  for (const HallSection& section : layout) {
    for (const HallRow& row : section.rows) {
      for (SeatNumber seat = row.first_seat; seat <= row.last_seat; ++seat) {
        const bool is_accessible = std::binary_search(accessible.begin(), accessible.end(), seat);
        seats.push_back({seat, section.price, row.row_no, is_accessible});
      }
    }
  }
  return seats;
}

}  // namespace

SeatPlace read_place(const Rows& rows, std::uint32_t at, SeatNumber seat) {
  if (rows.is_null(at)) return plain_place(seat);
  const HallRow row{0, rows.text(at), static_cast<SeatNumber>(rows.number(at + 1)),
                    static_cast<SeatNumber>(rows.number(at + 2)),
                    static_cast<std::int32_t>(rows.number(at + 3))};
  return {row.label_of(seat), rows.text(at + 4), row.name, rows.text(at + 5)};
}

void add_layout_row(Layout& layout, const Rows& rows, std::uint32_t at) {
  if (layout.empty() || layout.back().section_no != rows.number(at))
    layout.push_back(read_section(rows, at));
  layout.back().rows.push_back({static_cast<std::int32_t>(rows.number(at + 6)), rows.text(at + 7),
                                static_cast<SeatNumber>(rows.number(at + 8)),
                                static_cast<SeatNumber>(rows.number(at + 9)),
                                static_cast<std::int32_t>(rows.number(at + 10))});
}

void HallStore::add(DateId date, const Layout& layout, const SeatNumbers& accessible) {
  add_sections(date, layout);
  for (const HallSection& section : layout) add_rows(date, section);
  add_seats(date, layout, accessible);
}

void HallStore::add_sections(DateId date, const Layout& layout) {
  in_batches(layout, [&](const Layout& batch) {
    std::vector<Value> values;
    for (const HallSection& of : batch) {
      const auto category = of.category.empty() ? std::nullopt : std::optional(of.category);
      values.insert(values.end(), {date, of.section_no, of.name, category, of.price, of.first_seat,
                                   of.last_seat});
    }
    session_.execute(fmt::format(R"sql(
        INSERT INTO hall_section (concert_date_id, section_no, name, category, price, first_seat, last_seat)
        VALUES {})sql",
                                 placeholder_rows(batch.size(), 7)),
                     values);
  });
}

void HallStore::add_rows(DateId date, const HallSection& section) {
  in_batches(section.rows, [&](const std::vector<HallRow>& batch) {
    std::vector<Value> values;
    for (const HallRow& row : batch) {
      values.insert(values.end(), {date, row.row_no, section.section_no, row.name, row.first_seat,
                                   row.last_seat, row.first_label});
    }
    session_.execute(fmt::format(R"sql(
        INSERT INTO hall_row (concert_date_id, row_no, section_no, name, first_seat, last_seat, first_label)
        VALUES {})sql",
                                 placeholder_rows(batch.size(), 7)),
                     values);
  });
}

void HallStore::add_seats(DateId date, const Layout& layout, const SeatNumbers& accessible) {
  in_batches(seats_of(layout, accessible), [&](const std::vector<NewSeat>& batch) {
    std::vector<Value> values;
    for (const NewSeat& seat : batch) {
      values.insert(values.end(),
                    {date, seat.number, seat.price, seat.row_no, seat.is_accessible ? 1 : 0});
    }
    session_.execute(fmt::format(R"sql(
        INSERT INTO seat (concert_date_id, seat_number, price, row_no, is_accessible) VALUES {})sql",
                                 placeholder_rows(batch.size(), 5)),
                     values);
  });
}

void HallStore::remove(DateId date) {
  session_.execute(R"sql(
      DELETE FROM hall_row WHERE concert_date_id = ?)sql",
                   {date});
  session_.execute(R"sql(
      DELETE FROM hall_section WHERE concert_date_id = ?)sql",
                   {date});
}

Layout HallStore::layout(DateId date) {
  return read_layout(session_.query(fmt::format(R"sql(
      SELECT {} FROM hall_row r
        STRAIGHT_JOIN hall_section h ON h.concert_date_id = r.concert_date_id AND h.section_no = r.section_no
      WHERE r.concert_date_id = ? ORDER BY r.row_no)sql",
                                                kLayoutRow),
                                    {date}));
}

std::optional<HallSection> HallStore::find_section(DateId date, const std::string& name) {
  auto found = read_layout(session_.query(fmt::format(R"sql(
      SELECT {} FROM hall_section h {}
      WHERE h.concert_date_id = ? AND h.name = ? ORDER BY r.row_no)sql",
                                                      kLayoutRow, kJoinRows),
                                          {date, name}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Layout HallStore::sections_of(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT section_no, name, COALESCE(category, ''), price, first_seat, last_seat
      FROM hall_section WHERE concert_date_id = ? ORDER BY section_no)sql",
                             {date});
  Layout found;
  while (rows.next()) found.push_back(read_section(rows, 1));
  return found;
}

SeatNumbers HallStore::accessible(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT seat_number FROM seat WHERE concert_date_id = ? AND is_accessible = 1
      ORDER BY seat_number)sql",
                             {date});
  SeatNumbers found;
  while (rows.next()) found.push_back(static_cast<SeatNumber>(rows.number(1)));
  return found;
}

std::vector<SectionSale> HallStore::on_sale(const AskedDate& asked) {
  // One statement, so that the claims and the lapsed holds among them are of one moment. The rows
  // without a section are the seats of holds that have lapsed.
  auto rows = session_.query(R"sql(
      SELECT h.section_no, h.name, COALESCE(h.category, ''), h.price, h.first_seat, h.last_seat, h.claimed_count,
             h.change_count
      FROM concert_date d
        STRAIGHT_JOIN concert c ON c.concert_id = d.concert_id
        STRAIGHT_JOIN hall_section h ON h.concert_date_id = d.concert_date_id
      WHERE d.concert_date_id = ? AND d.concert_id = ? AND c.queue_id = ?
        AND (c.visible_from IS NULL OR c.visible_from <= NOW(3))
      UNION ALL
      SELECT 0, '', '', 0, n.seat_number, 0, 0, 0
      FROM reservation r FORCE INDEX (reservation_expiry)
        STRAIGHT_JOIN reservation_seat n ON n.reservation_id = r.reservation_id
      WHERE r.state = 'HELD' AND r.held_until <= NOW(3) AND r.concert_date_id = ?)sql",
                             {asked.date, asked.concert, asked.queue, asked.date});
  std::vector<SectionSale> sales;
  std::vector<SeatNumber> lapsed;
  while (rows.next()) {
    if (rows.number(1) == 0) {
      lapsed.push_back(static_cast<SeatNumber>(rows.number(5)));
    } else {
      sales.push_back(read_sale(rows));
    }
  }
  std::sort(sales.begin(), sales.end(), is_in_front);
  add_lapsed(lapsed, sales);
  return sales;
}

void HallStore::set_price(DateId date, std::int32_t section_no, Points price) {
  session_.execute(R"sql(
      UPDATE hall_section SET price = ? WHERE concert_date_id = ? AND section_no = ?)sql",
                   {price, date, section_no});
}

void HallStore::lock(DateId date, const HallSection& section) {
  // A row of seats, because every hold in the section changes the section itself at its end.
  auto rows = session_.query(R"sql(
      SELECT row_no FROM hall_row WHERE concert_date_id = ? AND row_no = ? FOR UPDATE)sql",
                             {date, section.rows.front().row_no});
  check(rows.next(), "a section's row stays while the section does");
}

void HallStore::add_claims(DateId date, const std::vector<Seat>& seats) {
  Claims claims;
  for (const Seat& seat : seats)
    if (seat.section_no != 0) ++claims[{date, seat.section_no}];
  change(claims, 1);
}

void HallStore::add_claims(DateId date, const SeatNumbers& seats) {
  change(claims_of(date, seats), 1);
}

void HallStore::end_claims(DateId date, const SeatNumbers& seats) {
  change(claims_of(date, seats), -1);
}

HallStore::Claims HallStore::claims_of(DateId date, const SeatNumbers& seats) {
  Claims claims;
  in_batches(seats, [&](const SeatNumbers& batch) {
    const SeatNumbers list = padded(batch);
    std::vector<Value> values{date};
    values.insert(values.end(), list.begin(), list.end());
    auto rows = session_.query(fmt::format(R"sql(
        SELECT h.section_no, COUNT(*)
        FROM seat s STRAIGHT_JOIN hall_row h ON h.concert_date_id = s.concert_date_id AND h.row_no = s.row_no
        WHERE s.concert_date_id = ? AND s.seat_number IN ({}) GROUP BY h.section_no)sql",
                                           placeholders(list.size())),
                               values);
    while (rows.next()) claims[{date, rows.number(1)}] += rows.number(2);
  });
  return claims;
}

void HallStore::end_claims(const std::vector<ReservationId>& ids, ReservationState as) {
  if (ids.empty()) return;
  const auto list = padded(ids);
  std::vector<Value> values{list.begin(), list.end()};
  values.emplace_back(to_text(as));
  Claims claims;
  {
    auto rows = session_.query(fmt::format(R"sql(
        SELECT r.concert_date_id, h.section_no, COUNT(*)
        FROM reservation r STRAIGHT_JOIN reservation_seat n ON n.reservation_id = r.reservation_id
          STRAIGHT_JOIN seat s ON s.concert_date_id = r.concert_date_id AND s.seat_number = n.seat_number
          STRAIGHT_JOIN hall_row h ON h.concert_date_id = s.concert_date_id AND h.row_no = s.row_no
        WHERE r.reservation_id IN ({}) AND r.state = ? AND n.refunded_at IS NULL
        GROUP BY r.concert_date_id, h.section_no)sql",
                                           placeholders(list.size())),
                               values);
    while (rows.next()) claims[{DateId{rows.number(1)}, rows.number(2)}] = rows.number(3);
  }
  change(claims, -1);
}

// In ascending order of dates and sections: no two transactions wait for each other.
void HallStore::change(const Claims& claims, int sign) {
  for (auto first = claims.begin(); first != claims.end();) {
    const DateId date = first->first.first;
    std::vector<std::pair<std::int64_t, std::int64_t>> sections;
    for (; first != claims.end() && first->first.first == date; ++first)
      sections.emplace_back(first->first.second, sign * first->second);
    const auto list = padded(sections);
    std::vector<Value> values;
    values.reserve(3 * list.size() + 1);
    for (const auto& [section_no, seats] : list) values.emplace_back(section_no);
    for (const auto& [section_no, seats] : list) values.emplace_back(seats);
    values.emplace_back(date);
    for (const auto& [section_no, seats] : list) values.emplace_back(section_no);
    const auto changed =
        session_.execute(fmt::format(R"sql(
        UPDATE hall_section
        SET claimed_count = claimed_count + CAST(ELT(FIELD(section_no, {}), {}) AS SIGNED),
            change_count = change_count + 1
        WHERE concert_date_id = ? AND section_no IN ({}) ORDER BY section_no)sql",
                                     placeholders(list.size()), placeholders(list.size()),
                                     placeholders(list.size())),
                         values);
    check(changed == sections.size(), "a seat of a layout has a section");
  }
}

}  // namespace concert
