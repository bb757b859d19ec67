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

// Joins the place of a seat `s` of a reservation `r`, and its columns, which read_place() takes.
inline constexpr char kJoinPlace[] =
    "LEFT JOIN seat x ON x.concert_date_id = r.concert_date_id AND x.seat_number = s.seat_number "
    "LEFT JOIN hall_row w ON w.concert_date_id = x.concert_date_id AND w.row_no = x.row_no "
    "LEFT JOIN hall_section h ON h.concert_date_id = w.concert_date_id AND h.section_no = "
    "w.section_no";
inline constexpr char kPlace[] =
    "w.name, w.first_seat, w.last_seat, w.first_label, h.name, COALESCE(h.category, '')";
SeatPlace read_place(const Rows& rows, std::uint32_t at, SeatNumber seat);

// The layouts of dates, and how much of each section is claimed.
//
// A seat claims its section while it is held, lapsed or not, or paid and not refunded, or blocked:
// for each such reservation once, so that a seat that was taken again after a hold lapsed counts
// twice until the lapse is noted. A transaction that changes any of these changes the claims too,
// as the last of its locks: so it waits for nothing while others wait for the section.
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
  std::vector<HallRow> rows_of(DateId date, std::int32_t section_no);
  // The seats of a date that are accessible, ascending.
  SeatNumbers accessible(DateId date);

  // The sections of a date in order, with what is left in each.
  std::vector<SectionSale> on_sale(DateId date);

  // Notes the price of a section; CatalogueStore::set_prices() sets that of its seats.
  void set_price(DateId date, std::int32_t section_no, Points price);

  // Lets one transaction at a time choose seats in a section, which has its rows. Nothing else
  // takes this lock, and it is taken before those of seats.
  void lock(DateId date, const HallSection& section);

  // Each does nothing if the date has no layout. `seats` know their sections.
  void add_claims(DateId date, const std::vector<Seat>& seats);
  void add_claims(DateId date, const SeatNumbers& seats);
  void end_claims(DateId date, const SeatNumbers& seats);
  // Those of reservations that this transaction has ended: `as` is what they are now.
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
