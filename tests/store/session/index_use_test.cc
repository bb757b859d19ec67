#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "service/admin/block_seats.h"
#include "service/admin/cancel_date.h"
#include "service/admin/change_catalogue.h"
#include "service/admin/erase_user.h"
#include "service/admin/import_tour.h"
#include "service/admin/queues.h"
#include "service/admin/set_opening.h"
#include "service/points/credit_user.h"
#include "service/points/refunds.h"
#include "service/queue/admit_waiting.h"
#include "service/sale/reservations.h"
#include "store/admin/erasure_store.h"
#include "store/sale/ticket_store.h"
#include "store/session/lease.h"
#include "store/session/schema.h"
#include "store/session/transaction.h"
#include "support/files.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

namespace fs = std::filesystem;

// Statements that no index serves, each for a reason.
const std::map<std::string, std::string>& excepted() {
  static const std::map<std::string, std::string> reasons{
      {"FROM information_schema.tables", "the server's own catalogue"},
      {"FROM information_schema.columns", "the server's own catalogue"},
      {"FROM information_schema.innodb_trx", "the transactions that are open"},
      {"FROM information_schema.processlist", "the sessions that are open"},
      {"FROM performance_schema.", "the server's own figures"},
      {"SHOW GLOBAL", "the server's own variables"},
      {"SHOW SESSION", "the server's own variables"},
      {"GROUP BY c.concert_id, c.title, c.venue", "every concert to come, once a second at most"},
      {"FROM schema_migration", "one row per release, read by an administrator's command"},
      {"UPDATE schema_migration", "one row per release, written by an administrator's command"},
      {"INTO schema_migration", "one row per release, written by an administrator's command"},
  };
  return reasons;
}

bool is_excepted(std::string_view sql) {
  for (const auto& [part, reason] : excepted()) {
    if (sql.find(part) != std::string_view::npos) return true;
  }
  return false;
}

bool is_about_data(std::string_view sql) {
  const auto first = sql.find_first_not_of(" \n");
  const std::string_view text = sql.substr(std::min(first, sql.size()));
  for (const std::string_view verb : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
    if (text.rfind(verb, 0) == 0) return true;
  }
  return false;
}

// All SQL that the program holds, as it is written: `{}` stands for a list of placeholders.
std::vector<std::string> statements_of_the_program() {
  constexpr std::string_view kBegin = "R\"sql(";
  constexpr std::string_view kEnd = ")sql\"";
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CONCERT_SOURCE_DIR) / "app")) {
    if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
    const std::string source = text_of(entry.path());
    for (auto at = source.find(kBegin); at != std::string::npos; at = source.find(kBegin, at)) {
      at += kBegin.size();
      found.push_back(source.substr(at, source.find(kEnd, at) - at));
    }
  }
  return found;
}

// Whether `sql` is what `written` becomes once its holes are filled.
bool is_made_of(const std::string& sql, const std::string& written) {
  std::size_t at = 0;
  std::size_t from = 0;
  for (;;) {
    const auto hole = written.find("{}", from);
    const std::string piece = written.substr(from, hole == std::string::npos ? hole : hole - from);
    const auto found = sql.find(piece, at);
    if (found == std::string::npos || (from == 0 && found != 0)) return false;
    at = found + piece.size();
    if (hole == std::string::npos) return at == sql.size();
    if (hole + 2 == written.size()) return true;
    from = hole + 2;
  }
}

// What EXPLAIN tells of one statement.
struct Plan {
  bool touches_a_table = false;  // an impossible condition is seen before any table is chosen
  std::string fault;             // a scan of a whole table or index; empty is good
};

Plan explain(Session& session, const std::string& sql, const std::vector<Value>& values) {
  Plan plan;
  if (tests_mysql()) session.run_text("SET SESSION explain_format = TRADITIONAL");
  auto rows = session.query("EXPLAIN " + sql, values);
  // MySQL tells the partitions between table and type.
  const std::uint32_t type_column = tests_mysql() ? 5 : 4;
  while (rows.next()) {
    if (rows.is_null(3) || rows.text(2) == "INSERT") {
      plan.touches_a_table = plan.touches_a_table || rows.text(2) == "INSERT";
      continue;
    }
    const std::string table = rows.text(3);
    if (table.front() == '<') continue;
    plan.touches_a_table = true;
    const std::string type = rows.is_null(type_column) ? "" : rows.text(type_column);
    if (type == "ALL" || type == "index") plan.fault += fmt::format("type {} on {}; ", type, table);
  }
  return plan;
}

// Some thousand rows of everything. Of 20000 places in line 16000 were used up, 1000 are inside,
// and of the rest one in ten left.
constexpr const char* kFill[] = {
    R"(CREATE TABLE number (seq BIGINT NOT NULL PRIMARY KEY) ENGINE = InnoDB)",
    R"(INSERT INTO number
       SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d
       FROM (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
             UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) a
         JOIN (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
               UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) b
         JOIN (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
               UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) c
         JOIN (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
               UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) d
         JOIN (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2) e)",
    R"(UPDATE queue SET last_seq = 20000, admitted_seq = 17000, waiting_count = 2700, active_count = 1000)",
    R"(INSERT INTO user (user_id, balance, entry_count, created_at)
       SELECT UNHEX(LPAD(HEX(seq), 32, '0')), 1000, 1, NOW(3) FROM (SELECT seq FROM number WHERE seq BETWEEN 1 AND 20000) n_1_20000)",
    R"(INSERT INTO ledger_entry SELECT user_id, 1, 'CHARGE', 2000, 2000, NOW(3), 0 FROM user)",
    R"(INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, admitted_at, expires_at, ended_at)
       SELECT 1, UNHEX(LPAD(HEX(seq), 32, '0')), seq, 'USED', 5, NOW(3), NOW(3), NOW(3), NOW(3) - INTERVAL seq SECOND
       FROM (SELECT seq FROM number WHERE seq BETWEEN 1 AND 16000) n_1_16000)",
    R"(INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, admitted_at, expires_at)
       SELECT 1, UNHEX(LPAD(HEX(seq), 32, '0')), seq, 'ACTIVE', 5, NOW(3), NOW(3), NOW(3) + INTERVAL seq SECOND
       FROM (SELECT seq FROM number WHERE seq BETWEEN 16001 AND 17000) n_16001_17000)",
    R"(INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, expires_at, ended_at)
       SELECT 1, UNHEX(LPAD(HEX(seq), 32, '0')), seq, CASE WHEN seq % 10 = 0 THEN 'LEFT' ELSE 'WAITING' END, 5, NOW(3),
              NOW(3) + INTERVAL seq SECOND, CASE WHEN seq % 10 = 0 THEN NOW(3) END
       FROM (SELECT seq FROM number WHERE seq BETWEEN 17001 AND 20000) n_17001_20000)",
    R"(INSERT INTO records_token (user_id, issued_at) SELECT user_id, NOW(3) FROM user)",
    R"(INSERT INTO queue_gap SELECT 1, 1, seq, 100 FROM (SELECT seq FROM number WHERE seq BETWEEN 0 AND 3000) n_0_3000)",
    R"(INSERT INTO queue_gap SELECT 1, 2, seq, 100 FROM (SELECT seq FROM number WHERE seq BETWEEN 0 AND 1000) n_0_1000)",
    R"(INSERT INTO queue_admission (queue_id, admitted_at, admitted_count)
       SELECT 1, NOW(3) - INTERVAL seq SECOND, 5 FROM (SELECT seq FROM number WHERE seq BETWEEN 1 AND 3500) n_1_3500)",
    R"(INSERT INTO concert (title, venue, created_at)
       SELECT CONCAT('Concert ', seq), 'Venue', NOW(3) FROM (SELECT seq FROM number WHERE seq BETWEEN 1 AND 3000) n_1_3000)",
    R"(INSERT INTO concert_date (concert_id, starts_at, seat_count, created_at)
       SELECT concert_id, NOW(3) + INTERVAL (CAST(s.seq AS SIGNED) * 10 - 5) DAY, 2, NOW(3) FROM concert JOIN (SELECT seq FROM number WHERE seq BETWEEN 0 AND 1) s)",
    R"(INSERT INTO hall_section (concert_date_id, section_no, name, price, first_seat, last_seat)
       SELECT concert_date_id, seq, seq, 1000, seq, seq
       FROM concert_date JOIN (SELECT seq FROM number WHERE seq BETWEEN 1 AND 2) n WHERE seat_count = 2)",
    R"(INSERT INTO hall_row (concert_date_id, row_no, section_no, name, first_seat, last_seat, first_label)
       SELECT concert_date_id, section_no, section_no, 'A', section_no, section_no, 1 FROM hall_section)",
    R"(INSERT INTO seat (concert_date_id, seat_number, price)
       SELECT concert_date_id, s.seq, 1000 FROM concert_date JOIN (SELECT seq FROM number WHERE seq BETWEEN 1 AND 2) s WHERE seat_count = 2)",
    R"(INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, held_until, created_at, ended_at)
       SELECT UNHEX(LPAD(HEX(seq), 32, '0')), d.concert_date_id,
              CASE WHEN seq <= 3000 THEN 'PAID' WHEN seq <= 4500 THEN 'HELD' ELSE 'EXPIRED' END, 1, 1000,
              NOW(3) + INTERVAL seq SECOND, NOW(3), CASE WHEN seq <= 3000 OR seq > 4500 THEN NOW(3) END
       FROM (SELECT seq FROM number WHERE seq BETWEEN 1 AND 6000) n_1_6000 JOIN concert_date d
         ON d.concert_date_id = (SELECT MIN(concert_date_id) FROM concert_date) + seq)",
    R"(INSERT INTO reservation_seat (reservation_id, seat_number, price) SELECT reservation_id, 1, 1000 FROM reservation)",
    R"(UPDATE seat s JOIN reservation r ON r.concert_date_id = s.concert_date_id AND s.seat_number = 1 AND r.state = 'PAID'
       SET s.state = 'SOLD', s.reservation_id = r.reservation_id)",
    R"(INSERT INTO ledger_entry SELECT user_id, 2, 'PAYMENT', -1000, 1000, NOW(3), 0 FROM reservation WHERE state = 'PAID')",
    R"(INSERT INTO payment
       SELECT reservation_id, user_id, reservation_id + 100000000, 1000, 2, NOW(3) FROM reservation WHERE state = 'PAID')",
    R"(INSERT INTO voucher SELECT CONCAT('v', HEX(user_id)), user_id, 2000, 1 FROM user)",
    R"(INSERT INTO credit_key SELECT CONCAT('k', HEX(user_id)), user_id, 1 FROM user)",
    R"(INSERT INTO admin_action (done_at, who, what, subject, why)
       SELECT NOW(3) - INTERVAL seq MINUTE, 'a', CASE WHEN seq % 100 = 0 THEN 'queue set' ELSE 'seat block' END, '{}', ''
       FROM number WHERE seq BETWEEN 1 AND 5000)",
    R"(INSERT INTO idempotency_key (user_id, route, key_text, fingerprint, status, body, created_at)
       SELECT user_id, 'CHARGE', 'key', REPEAT('f', 32), 200, '{}', NOW(3) - INTERVAL entry_count MINUTE FROM user)",
};

// Tables of some thousand rows each, and every use case run on them; each statement is explained
// with the values it ran with, in its own transaction, just before it runs.
struct FilledTables : OneDateToSpoil {
  FilledTables() {
    fill();
    backend().db.run_text(
        "ANALYZE TABLE user, ledger_entry, queue_gap, queue_admission, token, concert, "
        "concert_date, "
        "reservation, reservation_seat, seat, payment, voucher, credit_key, idempotency_key, "
        "admin_action, records_token, hall_section, hall_row");
    compose();
    backend().db.observe([this](std::string_view sql, const std::vector<Value>& values) {
      watch(std::string(sql), values);
    });
  }

  void watch(const std::string& sql, const std::vector<Value>& values) {
    if (explaining || !is_about_data(sql)) return;
    ran.insert(sql);
    if (is_excepted(sql) || explained.count(sql) != 0) return;
    explaining = true;
    const Plan plan = explain(backend().db, sql, values);
    explaining = false;
    if (!plan.touches_a_table) return;
    explained.insert(sql);
    if (!plan.fault.empty()) faults[sql] = plan.fault;
  }

  void fill();
  // Joins, and is inside at once although others wait.
  TokenClaims let_in(int number);
  void run_everything();
  void run_line();
  void run_hall(const TokenClaims& claims);
  void run_catalogue();
  void run_money();
  void run_upkeep();
  void run_organiser(const AdminAction& action);
  void run_administration();
  void run_opening();
  void run_claims();

  bool explaining = false;
  std::set<std::string> ran;
  std::set<std::string> explained;
  std::map<std::string, std::string> faults;
};

void FilledTables::fill() {
  for (const char* sql : kFill) services->execute(sql);
}

TokenClaims FilledTables::let_in(int number) {
  const TokenClaims claims = services->enter(user(number));
  services->execute("UPDATE token SET state = 'ACTIVE', admitted_at = NOW(3) WHERE token_id = ?",
                    {claims.id});
  services->execute(
      "UPDATE queue SET active_count = active_count + 1, waiting_count = waiting_count - 1 "
      "WHERE queue_id = 1");
  return services->poll(claims);
}

void FilledTables::run_line() {
  settings.active_limit = 1200;
  const TokenClaims inside = services->enter(user(100'001));
  BOOST_REQUIRE(inside.state == TokenState::waiting);
  services->enter(user(100'001));
  services->poll(inside);
  app().leave_queue.run(services->enter(user(100'002)));
  const TokenClaims lapsing = services->enter(user(100'003));
  services->lapse(lapsing);
  services->enter(user(100'003));
  services->execute(
      "UPDATE token SET expires_at = NOW(3) WHERE state = 'ACTIVE' ORDER BY seq LIMIT 20");
  services->execute(
      "UPDATE token SET expires_at = NOW(3) WHERE state = 'WAITING' ORDER BY seq LIMIT 20");
  services->execute(
      "UPDATE token SET ended_at = NOW(3) - INTERVAL 3 DAY WHERE state = 'USED' ORDER BY token_id "
      "LIMIT 30");
  backend().queues.counts(kMainQueue);
  backend().queues.watch(kMainQueue);
  backend().queues.watch_holds();
  backend().queues.names();
  for (const bool is_said : {true, false}) {
    const auto message = is_said ? std::optional(QueueMessage{"a", "b"}) : std::nullopt;
    say_in_queue(backend().db, kMainQueue, message, {"a", "b", "c"});
  }
  app().show_queue.run(kMainQueue);
  backend().vacancies.block_vacancies(kMainQueue, 17, 19, Instant{});
  backend().waits.lapsed({kMainQueue, {}, {}, {}}, {17'001, 18'000}, 10);
  services->maintain.run();
  forget_cache();
  const TokenClaims last = services->enter(user(100'004));
  services->poll(last);
}

void FilledTables::run_hall(const TokenClaims& claims) {
  const DateId hall = add_hall(hall_of(2, 2, 5));
  app().catalogue.seats(claims, concert, hall);
  app().catalogue.seats(claims, concert, hall, "101");
  app().catalogue.sections(claims, concert, hall);
  app().catalogue.sections(claims, concert, date);
  backend().seats.range(hall, 1, 3);
  backend().halls.sections_of(hall);
  backend().halls.accessible(hall);
  run_transaction(backend().db,
                  [&] { backend().halls.lock(hall, *backend().halls.find_section(hall, "102")); });
  const AdminAction action{"a", "b", "c"};
  const ReservationId held = services->hold(claims, hall, {1, 2});
  app().reservations.release(claims, held);
  services->hold_best(claims, hall, {{2}});
  for (const ReservationId live : backend().reservations.live_holds(claims.user))
    app().reservations.release(claims, live);
  block_seats(backend().db, hall, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, action);
  ChangeCatalogue(backend().db, action).set_price(hall, 7, "S");
  services->execute(
      "UPDATE hall_section SET claimed_count = 10 WHERE concert_date_id = ? AND section_no = 2",
      {hall});
  app().announcements.show(concert);
  const QueueId own = add_queue(backend().db, "own", action);
  services->execute("UPDATE concert SET queue_id = ? WHERE concert_id = ?", {own, concert});
  app().show_queue.run(own);
  services->execute("UPDATE concert SET queue_id = 1 WHERE concert_id = ?", {concert});
  services->execute(
      "UPDATE hall_section SET claimed_count = 0 WHERE concert_date_id = ? AND section_no = 2",
      {hall});
}

void FilledTables::run_catalogue() {
  const ConcertId added = backend().concerts.add("Added", "Venue");
  const DateId on = run_transaction(backend().db, [&] {
    const auto id = backend().concerts.add_date(added, backend().db.now() + 86'400'000, 3);
    backend().concerts.add_seats(*id, 3, kSeatPrice);
    return *id;
  });
  backend().concerts.page(kMainQueue, ConcertId{0}, 20);
  backend().concerts.queue_of(concert);
  backend().tokens.extend_with_user(let_in(100'009).id, backend().db.now() + 3'600'000);
  backend().concerts.page(kMainQueue, concert, 500);
  backend().concerts.all_dates(concert);
  const TokenClaims claims = let_in(100'005);
  app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; });
  app().catalogue.seats(claims, concert, date);
  app().catalogue.seats(claims, added, on);
  app().catalogue.prefetch({date, on});
  app().announcements.page(20, std::nullopt, std::nullopt);
  app().announcements.show(concert);
  block_seats(backend().db, on, {1, 2, 3}, {"a", "b", "c"});
  app().announcements.show(added);
  backend().seats.lock(date, {1, 2});
  run_hall(claims);
}

void FilledTables::run_money() {
  const TokenClaims claims = services->enter(user(100'005));
  services->charge(claims, 50'000, key_of(IdempotentRoute::charge, "k", "x"));
  services->charge(claims, 50'000, key_of(IdempotentRoute::charge, "k", "x"));
  BOOST_TEST(backend().vouchers.charge("v" + std::string(31, '0') + "1").has_value());
  BOOST_TEST(backend().vouchers.credit("k" + std::string(31, '0') + "1").has_value());
  backend().vouchers.insert("v", backend().ledger.page(claims.user, std::nullopt, 1).front());
  app().balances.show(claims);
  app().balances.prefetch({user(100'005), user(100'006)});
  const ReservationId held =
      services->hold(claims, date, {1, 2, 3}, key_of(IdempotentRoute::reservation, "k", "x"));
  app().reservations.extend(claims, held);
  app().reservations.release(claims, services->hold(claims, date, {4}));
  app().reservations.show(claims, held);
  app().reservations.list(claims, std::nullopt, 20);
  const TokenClaims records =
      app().token_text.read(app().records_tokens.issue(user(100'005)).token);
  app().balances.show(records);
  app().reservations.release(records, services->hold(claims, date, {5}));
  app().records_tokens.end(records);
  for (const LedgerEntry& entry : app().balances.ledger(claims, std::nullopt, 20))
    backend().ledger.has(entry);
  services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 5 SECOND WHERE token_id = ?",
                    {claims.id});
  forget_cache();
  app().balances.show(claims);
  const ReservationId other = services->hold(claims, date, {4});
  BOOST_TEST(refused([&] { app().payments.pay(claims, payment_of(held)); }) == "OTHER_HOLDS");
  app().payments.pay_all(claims, {payment_of(held), payment_of(other)});
  app().payments.pay(claims, payment_of(held));
}

void FilledTables::run_upkeep() {
  run_transaction(backend().db, [&] {
    const QueueRow row = backend().queues.lock(kMainQueue);
    settings.admit_interval_seconds = 1;
    settle_credit(backend().queues, kMainQueue, row, settings);
    backend().queues.set_limits(kMainQueue, {1300, 5000}, settings.active_limit);
    BOOST_TEST(row.waiting_count > 0);
  });
  backend().queues.set_paused(kMainQueue, true);
  backend().queues.set_paused(kMainQueue, false);
  const TokenClaims holder = services->enter(user(100'006));
  services->execute(
      "UPDATE reservation SET held_until = NOW(3) WHERE state = 'HELD' ORDER BY reservation_id "
      "LIMIT 30");
  services->execute(
      "UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 2 DAY ORDER BY user_id LIMIT 30");
  services->maintain.run();
  services->maintain.run();
  BOOST_TEST(services->poll(holder).id.value == holder.id.value);
  services->audit();
  Schema(backend().db).version();
  Schema(backend().db).migrate();
  Lease(backend().db, "test", "a server", std::chrono::seconds(10)).renew();
}

void FilledTables::run_organiser(const AdminAction& action) {
  ChangeCatalogue change(backend().db, action, {.near = true});
  const Instant starts_at = backend().db.now() + 40 * 86'400'000LL;
  const ConcertId made = change.add_concert({"Organised", "V"});
  const DateId night = change.add_date({made, starts_at, "Annex", 2, 100});
  change.set_concert(made, {.title = "Organised again"});
  change.set_date(night, {.starts_at = starts_at + 1});
  change.stop(night);
  change.resume(night);
  change.set_price(night, 200);
  change.add_seats(night, 2, 300);
  backend().catalogue.page(ConcertId{0}, 20);
  services->hold(let_in(100'013), date, {20});
  CancelDate cancel(backend().db, action);
  cancel.begin(date);
  cancel.complete(date, [](std::int64_t) {});
  change.remove_date(night, starts_at);
  change.remove_concert(made, starts_at);
}

void FilledTables::run_administration() {
  const AdminAction action{"a", "b", "c"};
  const TokenClaims inside = let_in(100'010);
  services->charge(inside, 5000);
  const ReservationId paid = services->hold(inside, date, {10, 11});
  app().payments.pay(inside, payment_of(paid));
  refund_seats(backend().db, paid, {10}, action);
  refund_payment(backend().db, payment_of(paid), action);
  credit_user(backend().db, settings, {inside.user, 5, "k"}, action);
  release_reservation(backend().db, services->hold(let_in(100'011), date, {12}), action);
  block_seats(backend().db, date, {13, 14}, action);
  unblock_seats(backend().db, date, {13}, action);
  backend().seats.blocked(date);
  backend().sales.page(ConcertId{0}, DateId{0}, 50);
  TicketStore(backend().db).of_date(date);
  backend().reservations.of_date(date);
  TicketStore(backend().db).find(ticket_of({ReservationId{1}, 1}));
  backend().queues.admitted_by_minute(kMainQueue, 5);
  backend().admin_actions.newest(20);
  backend().admin_actions.of_queue(kMainQueue, 60);
  run_organiser(action);
  backend().installation.renew();
  const Instant starts_at = backend().db.now() + 86'400'000;
  import_tour(backend().db, {{"Imported", "V", {{starts_at, {1, 2}, ""}}, ""}}, action);
  let_in(100'012);
  ErasureStore(backend().db).tickets_to_come(user(100'012));
  services->erase(user(100'012), std::nullopt, action);
  services->execute(
      "UPDATE reservation SET ended_at = NOW(3) - INTERVAL 91 DAY WHERE state = "
      "'EXPIRED' ORDER BY reservation_id LIMIT 20");
}

void FilledTables::run_everything() {
  run_line();
  run_catalogue();
  run_money();
  services->hold_best(let_in(100'030), add_date(10), {{2}});
  backend().seats.free_seats(date, {1, 50}, SeatStore::Reading::locking);
  run_administration();
  run_upkeep();
  // Last: some steps before it change all queues.
  run_opening();
  run_claims();
}

// A user who was admitted and makes no call, calls again and is admitted again; then the queue is
// cleared.
void FilledTables::run_claims() {
  const TokenClaims away = let_in(100'040);
  services->execute("UPDATE token SET unclaimed = 1, expires_at = NOW(3) WHERE token_id = ?",
                    {away.id});
  services->maintain.run();
  services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 1 HOUR WHERE token_id = ?",
                    {away.id});
  forget_cache();
  services->poll(away);
  services->execute("UPDATE queue SET active_limit = 1000000, paused = 0 WHERE queue_id = 1");
  services->maintain.run();
  services->execute("UPDATE queue SET active_limit = 1, paused = 1 WHERE queue_id = 1");
  services->enter(user(100'041));
  ClearQueue clear(backend().db, backend().queue_cache, settings);
  clear.complete(clear.begin(kMainQueue, {"a", "b", "c"}), [](std::int64_t) {});
}

// A queue of its own, from its opening to the audit of its draw.
void FilledTables::run_opening() {
  const QueueId queue{3};
  const AdminAction action{"a", "b", "c"};
  backend().queues.add(queue, "another");
  settings.total_active_limit = 5000;
  services->maintain.run();
  settings.total_active_limit = 0;
  services->maintain.run();
  const Instant now = backend().db.asked_now();
  SetOpening set_opening(backend().db, backend().queue_cache, settings);
  set_opening.open_at(queue, {now + 60'000, now, now + 30'000}, action);
  for (int i = 1; i <= 4; ++i) app().issue_token.run(queue, user(200'000 + i));
  const auto leaver = app().issue_token.run(queue, user(200'001)).answer;
  app().leave_queue.run(app().token_text.read(leaver.token));
  services->execute("UPDATE queue SET register_until = NOW(3) WHERE queue_id = 3");
  services->maintain.run();
  set_opening.public_value(queue, "a beacon", action);
  services->execute("UPDATE queue SET opens_at = NOW(3), paused = 1 WHERE queue_id = 3");
  services->maintain.run();
  const Opening opening = *backend().queues.read(queue).opening;
  const QueuePlaces of{queue, PlaceOrders(backend().db, settings).of(queue, opening), now, {}};
  backend().vacancies.among(queue, of.order, {1, 4});
  backend().waits.lapsed(of, {1, 4}, 10);
  services->execute("UPDATE queue SET paused = 0 WHERE queue_id = 3");
  services->maintain.run();
  services->audit();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(index_use_test, FilledTables)

BOOST_AUTO_TEST_CASE(every_statement_of_the_program_uses_an_index) {
  run_everything();
  const auto written = statements_of_the_program();
  BOOST_TEST(written.size() > 60U);
  for (const std::string& statement : written) {
    if (is_excepted(statement)) continue;
    const auto is_this = [&](const std::string& sql) { return is_made_of(sql, statement); };
    BOOST_TEST(std::any_of(explained.begin(), explained.end(), is_this),
               (std::any_of(ran.begin(), ran.end(), is_this) ? "ran, but was never explained: "
                                                             : "never ran: ")
                   << statement);
    for (const auto& [sql, fault] : faults) {
      if (is_this(sql)) BOOST_ERROR(fault << sql);
    }
  }
}

// To the previous release, `starts_at` says until when a date is sold. It is written, and begins_at
// and closes_at are read.
BOOST_AUTO_TEST_CASE(no_statement_reads_the_start_that_is_for_the_previous_release) {
  static const std::regex start(R"(\bstarts_at\b)");
  for (const std::string& statement : statements_of_the_program()) {
    const bool writes = statement.find("INSERT INTO concert_date ") != std::string::npos ||
                        statement.find("UPDATE concert_date ") != std::string::npos;
    BOOST_TEST((writes || !std::regex_search(statement, start)), statement);
  }
}

BOOST_AUTO_TEST_CASE(a_statement_without_an_index_is_seen) {
  const auto fault_of = [&](const std::string& sql, const std::vector<Value>& values = {}) {
    return explain(backend().db, sql, values).fault;
  };
  BOOST_TEST(fault_of("SELECT user_id FROM user WHERE balance = ?", {5}) == "type ALL on user; ");
  BOOST_TEST(fault_of("SELECT COUNT(*) FROM user").rfind("type index on user", 0) == 0);
  BOOST_TEST(fault_of("UPDATE token SET ended_at = NOW(3) WHERE issued_at < ?",
                      {backend().db.now()}) != "");
  BOOST_TEST(fault_of("DELETE FROM idempotency_key WHERE status = ?", {200}) != "");
  BOOST_TEST(fault_of("SELECT r.state FROM payment p JOIN reservation r ON r.total_price = "
                      "p.amount WHERE p.payment_id = ?",
                      {services->number("SELECT MIN(payment_id) FROM payment")}) != "");
  BOOST_TEST(fault_of("INSERT INTO concert (title, venue, created_at) SELECT title, venue, "
                      "created_at FROM concert "
                      "WHERE venue = ?",
                      {"Venue"}) != "");
  BOOST_TEST(fault_of("SELECT balance FROM user WHERE user_id = ?", {user(1)}) == "");
}

BOOST_AUTO_TEST_CASE(a_statement_whose_index_was_dropped_is_seen) {
  backend().db.observe(nullptr);
  backend().db.run_text(
      "ALTER TABLE reservation DROP KEY reservation_expiry, DROP KEY reservation_ended");
  const Plan plan = explain(
      backend().db,
      "SELECT reservation_id FROM reservation WHERE state = 'HELD' AND held_until <= NOW(3) "
      "ORDER BY held_until LIMIT 200",
      {});
  BOOST_TEST(plan.fault == "type ALL on reservation; ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
