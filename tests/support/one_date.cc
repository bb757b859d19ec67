#include "support/one_date.h"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "service/admin/erase_user.h"
#include "store/session/transaction.h"
#include "support/logs.h"
#include "support/sockets.h"

namespace concert::test {
namespace {

constexpr std::int64_t kWeek_ms = 7LL * 24 * 3600 * 1000;

void empty(Session& session) {
  session.run_text("SET SESSION foreign_key_checks = 0");
  for (const char* table : {"admin_action",
                            "idempotency_key",
                            "payment",
                            "voucher",
                            "credit_key",
                            "records_token",
                            "choice_lock",
                            "seat",
                            "hall_row",
                            "hall_section",
                            "reservation_seat",
                            "reservation",
                            "concert_date",
                            "concert",
                            "token",
                            "queue_admission",
                            "queue_gap",
                            "opening",
                            "ledger_entry",
                            "user",
                            "queue"}) {
    session.execute(fmt::format("DELETE FROM {}", table));
  }
  session.execute("DELETE FROM token_return");
  session.execute("DELETE FROM queue_message");
  session.execute("INSERT INTO queue (queue_id) VALUES (1)");
  session.run_text("SET SESSION foreign_key_checks = 1");
}

}  // namespace

Layout hall_of(std::int32_t sections, std::int32_t rows, std::int32_t seats) {
  Layout layout;
  SeatNumber last = 0;
  std::int32_t row_no = 0;
  for (std::int32_t number = 1; number <= sections; ++number) {
    const bool is_dear = number % 2 == 1;
    HallSection section{number, std::to_string(100 + number), is_dear ? "R" : "S",
                        is_dear ? 2 * kSeatPrice : kSeatPrice, last + 1};
    for (std::int32_t row = 0; row < rows; ++row) {
      section.rows.push_back(
          {++row_no, std::string(1, static_cast<char>('A' + row)), last + 1, last + seats, 1});
      last += seats;
    }
    section.last_seat = last;
    layout.push_back(std::move(section));
  }
  return layout;
}

UserId user(int number) {
  return *UserId::parse(fmt::format("{:08x}-0000-4000-8000-{:012x}", number, number));
}

IdempotencyKey key_of(IdempotentRoute route, const std::string& text, const std::string& body) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
  return {route, text, std::string(digest.begin(), digest.end())};
}

TokenClaims Services::enter(const UserId& who) {
  return app.token_text.read(app.issue_token.run(kMainQueue, who).answer.token);
}

TokenClaims Services::enter_with(const UserId& who, Points balance) {
  const TokenClaims claims = enter(who);
  charge(claims, balance);
  return claims;
}

TokenClaims Services::poll(const TokenClaims& claims) {
  return app.token_text.read(app.refresh_token.run(claims).token);
}

ReservationId Services::hold(const TokenClaims& claims, DateId date, const SeatNumbers& seats,
                             const std::optional<IdempotencyKey>& key) {
  const auto answer =
      app.reservations.hold(claims, {date, seats, key},
                            [](const Reservation& held) { return std::to_string(held.id.value); });
  return ReservationId{std::stoll(answer.body)};
}

SeatNumbers Services::hold_best(const TokenClaims& claims, DateId date, const SeatWish& wish) {
  SeatNumbers seats;
  app.reservations.hold(claims, {date, {}, {}, "", wish}, [&](const Reservation& held) {
    seats = held.seats;
    return std::string("x");
  });
  return seats;
}

Points Services::charge(const TokenClaims& claims, Points amount,
                        const std::optional<IdempotencyKey>& key) {
  return std::stoll(charge(claims, ChargeRequest{amount, std::nullopt, key}).body);
}

StoredAnswer Services::charge(const TokenClaims& claims, const ChargeRequest& request) {
  return app.balances.charge(claims, request, [](const LedgerEntry& entry) {
    return std::to_string(entry.balance_after);
  });
}

std::int64_t Services::number(const std::string& sql, const std::vector<Value>& values) {
  auto rows = app.backend.db.query(sql, values);
  if (!rows.next()) throw std::runtime_error("no row: " + sql);
  return rows.number(1);
}

std::string Services::text(const std::string& sql, const std::vector<Value>& values) {
  auto rows = app.backend.db.query(sql, values);
  if (!rows.next()) throw std::runtime_error("no row: " + sql);
  return rows.text(1);
}

std::uint64_t Services::execute(const std::string& sql, const std::vector<Value>& values) {
  return app.backend.db.execute(sql, values);
}

void Services::lapse_holds() {
  execute("UPDATE reservation SET held_until = held_until - INTERVAL 2 DAY WHERE state = 'HELD'");
  execute("UPDATE seat SET held_until = held_until - INTERVAL 2 DAY WHERE state = 'HELD'");
}

void Services::age_holds() {
  execute(
      "UPDATE reservation SET created_at = created_at - INTERVAL 650 SECOND, "
      "held_until = held_until - INTERVAL 100 SECOND WHERE state = 'HELD'");
  execute("UPDATE seat SET held_until = held_until - INTERVAL 100 SECOND WHERE state = 'HELD'");
}

void Services::lapse(const TokenClaims& claims) {
  execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {claims.id});
  app.backend.cache.remove(QueueCache::token_key(claims.id));
}

std::vector<Breach> Services::audit() {
  return AuditStore(app.backend.db).breaches(app.backend.settings.active_limit);
}

std::string Services::breaches() {
  std::string names;
  for (const Breach& breach : audit()) {
    if (!names.empty()) names += ' ';
    names += breach.invariant;
  }
  return names;
}

void Services::erase(const UserId& who, std::optional<Points> forfeit, const AdminAction& action) {
  LeaveQueue leave_queue(app.backend.db, app.backend.queue_cache, app.backend.settings, nullptr);
  EraseUser(app.backend.db, app.backend.settings, leave_queue).run(who, {forfeit, true}, action);
}

FreshDatabase& shared_database() {
  static FreshDatabase database;
  return database;
}

OneDateOfFiftySeats::OneDateOfFiftySeats(FreshDatabase& database)
    : settings(test_settings(database)) {
  compose();
  empty(services->app.backend.db);
  forget_cache();
  concert = services->stores.concerts.add("A concert", "A venue");
  date = add_date(50);
}

DateId OneDateOfFiftySeats::add_date(SeatNumber seats) {
  Stores& backend = services->stores;
  const Instant starts_at = backend.db.now() + (kWeek_ms + dates_added++);
  return run_transaction(backend.db, [&] {
    const auto added = backend.concerts.add_date(concert, starts_at, seats);
    if (!added) throw std::runtime_error("the date was not added");
    backend.concerts.add_seats(*added, seats, kSeatPrice);
    return *added;
  });
}

DateId OneDateOfFiftySeats::add_hall(const Layout& layout, const SeatNumbers& accessible) {
  Stores& backend = services->stores;
  const Instant starts_at = backend.db.now() + (kWeek_ms + dates_added++);
  return run_transaction(backend.db, [&] {
    const auto added = backend.concerts.add_date(concert, starts_at, seat_count(layout));
    if (!added) throw std::runtime_error("the date was not added");
    backend.halls.add(*added, layout, accessible);
    backend.catalogue.write(*backend.catalogue.date(*added));
    return *added;
  });
}

std::string OneDateOfFiftySeats::logged_under_lock(const std::string& table,
                                                   const std::function<void()>& call) const {
  Session locker(settings.database, nullptr);
  locker.run_text("LOCK TABLES " + table + " WRITE");
  const std::string log = logged_by(call);
  locker.run_text("UNLOCK TABLES");
  return log;
}

std::string OneDateOfFiftySeats::name_in_memcached(const std::string& key) {
  return *backend().installation.id() + ":" + key;
}

std::string ask_memcached(const std::string& line, const std::string& socket) {
  const int fd = connect_to(socket);
  const std::string request = line + "\r\n";
  std::array<char, 4096> answer{};
  ssize_t length = -1;
  if (::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()))
    length = ::read(fd, answer.data(), answer.size());
  ::close(fd);
  if (length <= 0) throw std::runtime_error("memcached did not answer");
  return {answer.data(), static_cast<std::size_t>(length)};
}

void forget_cache() { ask_memcached("flush_all"); }

}  // namespace concert::test
