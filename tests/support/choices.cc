#include "support/choices.h"

#include <memory>

namespace concert::test {

void once_before(Session& db, std::string part, std::function<void()> call) {
  const auto is_done = std::make_shared<bool>(false);
  db.observe([is_done, part, call](std::string_view sql, const std::vector<Value>&) {
    if (*is_done || sql.find(part) == std::string_view::npos) return;
    *is_done = true;
    call();
  });
}

TakingOrder::TakingOrder(Services& services) : services_(services) {
  services_.app.backend.db.run_text("DROP TABLE IF EXISTS taking_order");
  services_.app.backend.db.run_text(
      "CREATE TABLE taking_order (place BIGINT AUTO_INCREMENT PRIMARY KEY, reservation_id BIGINT)");
}

TakingOrder::~TakingOrder() { services_.app.backend.db.run_text("DROP TABLE taking_order"); }

void TakingOrder::record(Services& mine) {
  mine.app.backend.db.observe([&mine](std::string_view sql, const std::vector<Value>& values) {
    if (sql.find("UPDATE seat SET state = 'HELD'") == std::string_view::npos) return;
    mine.execute("INSERT INTO taking_order (reservation_id) VALUES (?)", {values.front()});
  });
}

std::vector<TakingOrder::Taken> TakingOrder::taken() {
  auto rows = services_.app.backend.db.query(
      "SELECT MIN(s.seat_number), COUNT(*) FROM taking_order o JOIN reservation_seat s ON "
      "s.reservation_id = o.reservation_id GROUP BY o.place ORDER BY o.place");
  std::vector<Taken> found;
  while (rows.next())
    found.push_back(
        {static_cast<SeatNumber>(rows.number(1)), static_cast<SeatNumber>(rows.number(2))});
  return found;
}

}  // namespace concert::test
