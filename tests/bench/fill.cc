#include "bench/fill.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <sstream>

#include "domain/check.h"
#include "domain/queue_state.h"
#include "store/queue/queue_store.h"
#include "store/queue/vacancy_store.h"

namespace concert::bench {
namespace {

constexpr std::int64_t kSeatsOfDate = 50;
constexpr std::int64_t kPrice = 50'000;
constexpr std::int64_t kRowsOfInsert = 1000;

std::string hex(const std::string& bytes) {
  std::string text = "x'";
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text + "'";
}

// What is written of each table; the last two are longer at times.
constexpr const char* kUser = "user (user_id, balance, entry_count, created_at)";
constexpr const char* kLedgerEntry =
    "ledger_entry (user_id, entry_no, kind, amount, balance_after, created_at)";
constexpr const char* kConcert = "concert (concert_id, title, venue, created_at)";
constexpr const char* kConcertDate =
    "concert_date (concert_date_id, concert_id, starts_at, seat_count, created_at)";
constexpr const char* kSeat =
    "seat (concert_date_id, seat_number, price, state, reservation_id, held_until)";
constexpr const char* kReservationSeat = "reservation_seat (reservation_id, seat_number, price)";
constexpr const char* kPayment =
    "payment (payment_id, user_id, token_id, amount, entry_no, paid_at)";
const std::string kReservation =
    "reservation (reservation_id, user_id, concert_date_id, state, seat_count, total_price, "
    "held_until, created_at";
const std::string kToken =
    "token (token_id, queue_id, user_id, state, joined_position, issued_at, admitted_at, "
    "expires_at";

// INSERTs one row of `values(i)` for each i below `count`, many at a time.
void insert_many(Session& db, const std::string& into, std::int64_t count,
                 const std::function<std::string(std::int64_t)>& values) {
  for (std::int64_t at = 0; at < count; at += kRowsOfInsert) {
    std::string sql = "INSERT INTO " + into + " VALUES ";
    for (std::int64_t i = at; i < std::min(count, at + kRowsOfInsert); ++i) {
      sql.append(i == at ? "(" : ",(").append(values(i)).append(")");
    }
    db.run_text(sql);
  }
}

// An unused id, with room below it for what the service may still be about to insert.
std::int64_t next_id(Session& db, const std::string& column, const std::string& table) {
  auto rows = db.query(fmt::format("SELECT COALESCE(MAX({}), 0) + 10001 FROM {}", column, table));
  check(rows.next(), "a maximum has a row");
  return rows.number(1);
}

// A date a month from now, the nth of its concert.
std::string date_row(std::int64_t date, std::int64_t concert, std::int64_t n,
                     std::int64_t seats = kSeatsOfDate) {
  return fmt::format("{},{},NOW(3) + INTERVAL 30 DAY + INTERVAL {} SECOND,{},NOW(3)", date, concert,
                     n, seats);
}

}  // namespace

UserId random_user() {
  static std::mt19937_64 random{std::random_device{}()};
  UserId::Bytes bytes{};
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t bits = random();
    std::memcpy(bytes.data() + half * sizeof bits, &bits, sizeof bits);
  }
  return UserId(bytes);
}

std::string Actor::line() const {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", token.empty() ? "-" : token, user.text(), concert,
                     date, seat, reservation);
}

Actor Actor::parse(const std::string& line) {
  Actor actor;
  std::string user;
  std::istringstream(line) >> actor.token >> user >> actor.concert >> actor.date >> actor.seat >>
      actor.reservation;
  actor.user = UserId::parse(user).value_or(UserId());
  return actor;
}

// Free seats, one for each of `actors`, in dates of a concert of their own.
void Fill::give_seats(std::vector<Actor>& actors, std::int64_t seats_of_date) {
  Session& db = backend_.db;
  const std::int64_t concert = next_id(db, "concert_id", "concert");
  const std::int64_t first = next_id(db, "concert_date_id", "concert_date");
  const auto count = static_cast<std::int64_t>(actors.size());
  const std::int64_t dates = (count + seats_of_date - 1) / seats_of_date;
  db.run_text(
      fmt::format("INSERT INTO {} VALUES ({}, 'Bench', 'Here', NOW(3))", kConcert, concert));
  insert_many(db, kConcertDate, dates,
              [&](std::int64_t i) { return date_row(first + i, concert, i, seats_of_date); });
  insert_many(db, kSeat, dates * seats_of_date, [&](std::int64_t i) {
    return fmt::format("{},{},{},'AVAILABLE',NULL,NULL", first + i / seats_of_date,
                       i % seats_of_date + 1, kPrice);
  });
  for (std::int64_t i = 0; i < count; ++i) {
    Actor& actor = actors[static_cast<std::size_t>(i)];
    actor.concert = concert;
    actor.date = first + i / seats_of_date;
    actor.seat = i % seats_of_date + 1;
  }
}

std::vector<Actor> Fill::users(std::int64_t count, std::int64_t balance) {
  std::vector<Actor> actors(static_cast<std::size_t>(count));
  for (Actor& actor : actors) actor.user = random_user();
  const auto user = [&](std::int64_t i) {
    return hex(actors[static_cast<std::size_t>(i)].user.binary());
  };
  insert_many(backend_.db, kUser, count, [&](std::int64_t i) {
    return fmt::format("{},{},{},NOW(3)", user(i), balance, balance > 0 ? 1 : 0);
  });
  if (balance > 0) {
    insert_many(backend_.db, kLedgerEntry, count, [&](std::int64_t i) {
      return fmt::format("{},1,'CHARGE',{},{},NOW(3)", user(i), balance, balance);
    });
  }
  return actors;
}

std::vector<Actor> Fill::seats(std::int64_t count) {
  std::vector<Actor> actors(static_cast<std::size_t>(count));
  give_seats(actors, kSeatsOfDate);
  return actors;
}

std::vector<Actor> Fill::active(std::int64_t count, std::int64_t balance) {
  std::vector<Actor> actors = users(count, balance);
  give_seats(actors, kSeatsOfDate);
  give_tokens(actors);
  return actors;
}

std::vector<Actor> Fill::in_one_date(std::int64_t count) {
  std::vector<Actor> actors = users(count, 0);
  give_seats(actors, count);
  give_tokens(actors);
  return actors;
}

void Fill::give_tokens(std::vector<Actor>& actors) {
  Session& db = backend_.db;
  const auto count = static_cast<std::int64_t>(actors.size());
  const std::int64_t first = next_id(db, "token_id", "token");
  const Instant now = db.now();
  const Instant end = life_.end_to_write(now, now + kLongestTokenLife_ms);
  db.run_text(fmt::format("UPDATE queue SET active_count = active_count + {}", count));
  insert_many(db, kToken + ")", count, [&](std::int64_t i) {
    return fmt::format("{},1,{},'ACTIVE',0,'{}','{}','{}'", first + i,
                       hex(actors[static_cast<std::size_t>(i)].user.binary()), now.sql(), now.sql(),
                       end.sql());
  });
  for (std::int64_t i = 0; i < count; ++i) {
    Actor& actor = actors[static_cast<std::size_t>(i)];
    actor.token = text_.sign({actor.user,
                              TokenId{first + i},
                              kMainQueue,
                              0,
                              TokenState::active,
                              now,
                              now,
                              Instant{},
                              0,
                              {}},
                             now);
  }
}

std::vector<Actor> Fill::veterans(std::int64_t count) {
  Session& db = backend_.db;
  // Of the reservations that expired, so that the seat is free; at most one of each user's.
  auto range = db.query(
      "SELECT MIN(reservation_id), MAX(reservation_id) FROM reservation WHERE state = 'EXPIRED'");
  check(range.next(), "a range has a row");
  std::mt19937_64 random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> any(range.number(1), range.number(2));
  std::map<UserId, Actor> picked;
  while (static_cast<std::int64_t>(picked.size()) < count) {
    auto rows = db.query(
        "SELECT r.user_id, d.concert_id, d.concert_date_id, n.seat_number FROM reservation r "
        "JOIN concert_date d ON d.concert_date_id = r.concert_date_id "
        "JOIN reservation_seat n ON n.reservation_id = r.reservation_id "
        "JOIN seat s ON s.concert_date_id = r.concert_date_id AND s.seat_number = n.seat_number "
        "AND s.state = 'AVAILABLE' WHERE r.reservation_id = ? AND r.state = 'EXPIRED'",
        {any(random)});
    if (!rows.next()) continue;
    picked.try_emplace(rows.user(1),
                       Actor{"", rows.user(1), rows.number(2), rows.number(3), rows.number(4), 0});
  }
  std::vector<Actor> actors;
  for (auto& [user, actor] : picked) actors.push_back(std::move(actor));
  std::shuffle(actors.begin(), actors.end(), random);
  give_tokens(actors);
  return actors;
}

std::vector<Actor> Fill::holding(std::int64_t count) {
  Session& db = backend_.db;
  std::vector<Actor> actors = active(count, kPrice);
  const std::int64_t first = next_id(db, "reservation_id", "reservation");
  const Instant until = db.now() + backend_.settings.hold_seconds * 1000;
  for (std::int64_t i = 0; i < count; ++i)
    actors[static_cast<std::size_t>(i)].reservation = first + i;
  const auto actor = [&](std::int64_t i) -> const Actor& {
    return actors[static_cast<std::size_t>(i)];
  };
  insert_many(db, kReservation + ")", count, [&](std::int64_t i) {
    return fmt::format("{},{},{},'HELD',1,{},'{}',NOW(3)", first + i, hex(actor(i).user.binary()),
                       actor(i).date, kPrice, until.sql());
  });
  insert_many(db, kReservationSeat, count, [&](std::int64_t i) {
    return fmt::format("{},{},{}", first + i, actor(i).seat, kPrice);
  });
  db.run_text(
      fmt::format("UPDATE seat s JOIN reservation r ON r.concert_date_id = s.concert_date_id JOIN "
                  "reservation_seat n ON n.reservation_id = r.reservation_id AND n.seat_number = "
                  "s.seat_number SET s.state = 'HELD', s.reservation_id = r.reservation_id, "
                  "s.held_until = r.held_until WHERE s.concert_date_id BETWEEN {} AND {}",
                  actors.front().date, actors.back().date));
  return actors;
}

std::vector<Actor> Fill::waiting(std::int64_t count, std::int64_t one_in) {
  Session& db = backend_.db;
  QueueStore queues(db);
  const QueueRow row = queues.read(kMainQueue);
  const std::int64_t first = next_id(db, "token_id", "token");
  const Instant now = db.now();
  const Instant end = life_.wait_end(now + backend_.settings.waiting_seconds * 1000, now);
  std::vector<Actor> waiting;
  std::vector<std::int64_t> gaps;
  constexpr std::int64_t kChunk = 50'000;
  for (std::int64_t done = 0; done < count; done += kChunk) {
    std::vector<Actor> actors = users(std::min(kChunk, count - done), 0);
    const auto left = [&](std::int64_t i) { return one_in > 0 && (done + i) % one_in == 1; };
    insert_many(db,
                "token (token_id, queue_id, user_id, seq, state, joined_position, issued_at, "
                "expires_at, ended_at)",
                static_cast<std::int64_t>(actors.size()), [&](std::int64_t i) {
                  return fmt::format("{},1,{},{},'{}',{},'{}','{}',{}", first + done + i,
                                     hex(actors[static_cast<std::size_t>(i)].user.binary()),
                                     row.last_place + 1 + done + i, left(i) ? "LEFT" : "WAITING",
                                     row.waiting_count + 1 + done + i, now.sql(), end.sql(),
                                     left(i) ? "NOW(3)" : "NULL");
                });
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(actors.size()); ++i) {
      const std::int64_t seq = row.last_place + 1 + done + i;
      if (left(i)) {
        gaps.push_back(seq);
        continue;
      }
      Actor& actor = actors[static_cast<std::size_t>(i)];
      actor.token = text_.sign({actor.user,
                                TokenId{first + done + i},
                                kMainQueue,
                                seq,
                                TokenState::waiting,
                                now,
                                now,
                                end,
                                0,
                                {}},
                               now);
      actor.seat = seq;
      waiting.push_back(std::move(actor));
    }
  }
  db.run_text(
      fmt::format("UPDATE queue SET last_seq = last_seq + {}, waiting_count = waiting_count + {}",
                  count, waiting.size()));
  VacancyStore(db).note(kMainQueue, gaps);
  backend_.queue_cache.note_vacancies(kMainQueue, gaps, db.now());
  return waiting;
}

void Fill::empty_queue() {
  Session& db = backend_.db;
  db.run_text("UPDATE queue SET waiting_count = 0, admitted_seq = last_seq");
  db.run_text("DELETE FROM queue_gap");
  for (;;) {
    const auto deleted =
        db.execute("DELETE FROM token WHERE queue_id = 1 AND state = 'WAITING' LIMIT 20000");
    if (deleted == 0) return;
  }
}

// Ids in the order of loading, so that the load is a matter of minutes. Every user has one charge
// and one payment; what reservations there are beyond that have expired.
void Fill::history(std::int64_t reservations, std::int64_t users_wanted) {
  Session& db = backend_.db;
  constexpr std::int64_t kChunk = 20'000;
  db.run_text("CREATE TEMPORARY TABLE number (i BIGINT NOT NULL PRIMARY KEY)");
  insert_many(db, "number", kChunk, [](std::int64_t i) { return std::to_string(i); });
  db.run_text("SET SESSION foreign_key_checks = 0");
  const std::int64_t concert = next_id(db, "concert_id", "concert");
  const std::int64_t date = next_id(db, "concert_date_id", "concert_date");
  const std::int64_t first = next_id(db, "reservation_id", "reservation");
  const std::int64_t token = next_id(db, "token_id", "token");
  db.run_text(fmt::format("INSERT INTO {} VALUES ({}, 'Past', 'Here', NOW(3))", kConcert, concert));
  const auto user = [](const std::string& i) {
    return fmt::format("UNHEX(CONCAT('bbbbbbbbbbbb4bbb8bbb', LPAD(HEX({}), 12, '0')))", i);
  };
  for (std::int64_t at = 0; at < reservations; at += kChunk) {
    // Not for what is still empty: MariaDB 10.11 then inserts in bulk, and has crashed over it.
    if (at > 0) db.run_text("SET SESSION unique_checks = 0");
    const auto insert = [&](const std::string& into, const std::string& select, bool of_users) {
      const std::int64_t end = of_users ? users_wanted : reservations;
      if (at >= end) return;
      db.run_text(fmt::format("INSERT INTO {} SELECT {} FROM number WHERE i < {}", into, select,
                              std::min(kChunk, end - at)));
    };
    const std::string i = fmt::format("({} + i)", at);
    const std::string owner = user(fmt::format("({} % {})", i, users_wanted));
    const std::string id = fmt::format("({} + {})", first, i);
    const std::string of_date = fmt::format("({} + {} DIV {})", date, i, kSeatsOfDate);
    const std::string paid = fmt::format("({} < {})", i, users_wanted);
    insert(kUser, user(i) + ", 0, 2, NOW(3)", true);
    insert(kLedgerEntry, fmt::format("{}, 1, 'CHARGE', {}, {}, NOW(3)", user(i), kPrice, kPrice),
           true);
    insert(kLedgerEntry, fmt::format("{}, 2, 'PAYMENT', {}, 0, NOW(3)", user(i), -kPrice), true);
    insert(
        kToken + ", ended_at)",
        fmt::format("{} + {}, 1, {}, 'USED', 0, NOW(3), NOW(3), NOW(3), NOW(3)", token, i, user(i)),
        true);
    insert(kReservation + ", ended_at)",
           fmt::format("{}, {}, {}, IF({}, 'PAID', 'EXPIRED'), 1, {}, NOW(3), NOW(3), NOW(3)", id,
                       owner, of_date, paid, kPrice),
           false);
    insert(kReservationSeat, fmt::format("{}, {} % {} + 1, {}", id, i, kSeatsOfDate, kPrice),
           false);
    insert(kPayment, fmt::format("{}, {}, {} + {}, {}, 2, NOW(3)", id, user(i), token, i, kPrice),
           true);
    insert(kSeat,
           fmt::format("{}, {} % {} + 1, {}, IF({}, 'SOLD', 'AVAILABLE'), IF({}, {}, NULL), NULL",
                       of_date, i, kSeatsOfDate, kPrice, paid, paid, id),
           false);
    if (at % (kChunk * 50) == 0) fmt::print(stderr, "history: {} of {}\n", at, reservations);
  }
  const std::int64_t dates = (reservations + kSeatsOfDate - 1) / kSeatsOfDate;
  insert_many(db, kConcertDate, dates,
              [&](std::int64_t i) { return date_row(date + i, concert, i); });
  db.run_text("SET SESSION foreign_key_checks = 1, unique_checks = 1");
}

}  // namespace concert::bench
