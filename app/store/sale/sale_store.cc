#include "store/sale/sale_store.h"

namespace concert {

std::vector<DateSale> SaleStore::page(ConcertId concert, DateId after, std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT d.concert_id, c.title, c.venue, d.concert_date_id, d.begins_at, COUNT(*),
             SUM(s.state = 'SOLD' AND s.blocked_at IS NULL),
             SUM(s.state = 'HELD' AND s.held_until > NOW(3)),
             SUM(s.blocked_at IS NOT NULL),
             COALESCE(SUM(CASE WHEN s.state = 'SOLD' THEN n.price END), 0),
             (SELECT COALESCE(SUM(p.price), 0)
              FROM reservation r JOIN reservation_seat p ON p.reservation_id = r.reservation_id
              WHERE r.concert_date_id = d.concert_date_id AND r.state IN ('PAID', 'REFUNDED')
                AND (r.state = 'REFUNDED' OR p.refunded_at IS NOT NULL))
      FROM (SELECT concert_date_id, concert_id, begins_at FROM concert_date
            WHERE concert_date_id > ? AND (? = 0 OR concert_id = ?)
            ORDER BY concert_date_id LIMIT ?) d
        JOIN concert c ON c.concert_id = d.concert_id
        JOIN seat s ON s.concert_date_id = d.concert_date_id
        LEFT JOIN reservation_seat n ON n.reservation_id = s.reservation_id AND n.seat_number = s.seat_number
      GROUP BY d.concert_id, c.title, c.venue, d.concert_date_id, d.begins_at
      ORDER BY d.concert_date_id)sql",
                             {after, concert, concert, limit});
  std::vector<DateSale> found;
  while (rows.next()) {
    DateSale sale;
    sale.concert = ConcertId{rows.number(1)};
    sale.title = rows.text(2);
    sale.venue = rows.text(3);
    sale.date = DateId{rows.number(4)};
    sale.starts_at = rows.instant(5);
    sale.seats = rows.number(6);
    sale.sold = rows.number(7);
    sale.held = rows.number(8);
    sale.blocked = rows.number(9);
    sale.free = sale.seats - sale.sold - sale.held - sale.blocked;
    sale.revenue = rows.number(10);
    sale.refunded = rows.number(11);
    found.push_back(std::move(sale));
  }
  return found;
}

}  // namespace concert
