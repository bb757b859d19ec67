#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/hall.h"
#include "domain/ids.h"
#include "domain/reservation.h"
#include "store/session/session.h"

namespace concert {

// kJoinPlace joins the place of a seat `s` of a reservation `r`; kPlace is its columns for
// read_place().
inline constexpr char kJoinPlace[] =
    "LEFT JOIN seat x ON x.concert_date_id = r.concert_date_id AND x.seat_number = s.seat_number "
    "LEFT JOIN hall_row w ON w.concert_date_id = x.concert_date_id AND w.row_no = x.row_no "
    "LEFT JOIN hall_section h ON h.concert_date_id = w.concert_date_id AND h.section_no = "
    "w.section_no";
inline constexpr char kPlace[] =
    "w.name, w.first_seat, w.last_seat, w.first_label, h.name, COALESCE(h.category, '')";
SeatPlace read_place(const Rows& rows, std::uint32_t at, SeatNumber seat);

// The columns of a row `r` of a section `h`, which add_layout_row() takes from `at` on. The rows of
// a section follow each other, in their order; only a section's first row carries its name and
// category, because repeating them would double what a row costs.
inline constexpr char kLayoutRow[] =
    "h.section_no, IF(r.first_seat = h.first_seat, h.name, NULL), "
    "IF(r.first_seat = h.first_seat, COALESCE(h.category, ''), NULL), h.price, h.first_seat, "
    "h.last_seat, r.row_no, r.name, r.first_seat, r.last_seat, r.first_label";
void add_layout_row(Layout& layout, const Rows& rows, std::uint32_t at);
// Joins the rows `r` of one section `h`: a range of the primary key, because the rows of a section
// have numbers that follow each other.
inline constexpr char kJoinRows[] =
    "STRAIGHT_JOIN seat a ON a.concert_date_id = h.concert_date_id AND a.seat_number = "
    "h.first_seat "
    "STRAIGHT_JOIN seat z ON z.concert_date_id = h.concert_date_id AND z.seat_number = h.last_seat "
    "STRAIGHT_JOIN hall_row r ON r.concert_date_id = h.concert_date_id "
    "AND r.row_no BETWEEN a.row_no AND z.row_no";

// The layouts of dates, and how much of each section is claimed.
//
// The claims of a section are its seats in reservations that are HELD, lapsed or not, its seats in
// PAID reservations that are not refunded, and its blocked seats. A seat that is taken again after
// a hold lapsed counts twice until the lapsed hold is marked as EXPIRED. A transaction that changes
// one of these changes the claims too, and locks the section's row last: it waits for no seat while
// others wait for the section.
class HallStore {
 public:
  explicit HallStore(Session& session) : session_(session) {}

  // Adds the layout of a date with its seats, of which `accessible` are accessible.
  void add(DateId date, const Layout& layout, const SeatNumbers& accessible);
  void remove(DateId date);

  // The sections of a date in order, with their rows; none: it has no layout.
  Layout layout(DateId date);
  // The same without the rows.
  Layout sections_of(DateId date);
  // One of them, with its rows.
  std::optional<HallSection> find_section(DateId date, const std::string& name);
  // The seats of a date that are accessible, ascending.
  SeatNumbers accessible(DateId date);

  // The sections of a date in order, with what is left in each. Empty if the date has no layout or
  // is of another concert, or if the concert is hidden or in another queue.
  std::vector<SectionSale> on_sale(const AskedDate& asked);

  // Notes the price of a section; CatalogueStore::set_prices() sets that of its seats.
  void set_price(DateId date, std::int32_t section_no, Points price);

  // Lets one transaction at a time choose seats in a section, whose rows are filled in. Nothing
  // else takes this lock. It is taken before those of seats.
  void lock(DateId date, const HallSection& section);

  // These do nothing for a date without a layout. Each of `seats` has its `section_no`; the other
  // overloads look it up.
  void add_claims(DateId date, const std::vector<Seat>& seats);
  void add_claims(DateId date, const SeatNumbers& seats);
  void end_claims(DateId date, const SeatNumbers& seats);
  // Ends those of the reservations `ids`, which this transaction has moved to the state `as`.
  void end_claims(const std::vector<ReservationId>& ids, ReservationState as);

 private:
  // How many seats each section gains or loses.
  using Claims = std::map<std::pair<DateId, std::int64_t>, std::int64_t>;
  void add_sections(DateId date, const Layout& layout);
  void add_rows(DateId date, const HallSection& section);
  void add_seats(DateId date, const Layout& layout, const SeatNumbers& accessible);
  Claims claims_of(DateId date, const SeatNumbers& seats);
  void change(const Claims& claims, int sign);

  Session& session_;
};

}  // namespace concert
