#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/metrics.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/user_id.h"
#include "store/database_url.h"

namespace sql {
class Connection;
class PreparedStatement;
class ResultSet;
class SQLException;
}  // namespace sql

namespace concert {

// A value bound to a placeholder.
class Value {
 public:
  Value(std::int64_t number) : value_(number) {}               // NOLINT: a binding reads best bare
  Value(int number) : value_(std::int64_t{number}) {}          // NOLINT
  Value(std::string text) : value_(std::move(text)) {}         // NOLINT
  Value(std::string_view text) : value_(std::string(text)) {}  // NOLINT
  Value(const char* text) : value_(std::string(text)) {}       // NOLINT
  Value(const UserId& user) : value_(user.binary()) {}         // NOLINT
  Value(Instant at) : value_(at.sql()) {}                      // NOLINT
  template <class Tag>
  Value(Id<Tag> id) : value_(id.value) {}  // NOLINT
  template <class T>
  Value(const std::optional<T>& value) {  // NOLINT
    if (value) *this = Value(*value);
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }

 private:
  std::variant<std::monostate, std::int64_t, std::string> value_;
};

// The rows of one answer. Columns are counted from 1. Read it before the same statement runs again.
class Rows {
 public:
  explicit Rows(std::unique_ptr<sql::ResultSet> rows);
  ~Rows();
  Rows(Rows&&) noexcept;

  // Steps to the next row; false at the end.
  bool next();
  bool is_null(std::uint32_t column) const;
  std::int64_t number(std::uint32_t column) const;
  std::string text(std::uint32_t column) const;
  Instant instant(std::uint32_t column) const;
  UserId user(std::uint32_t column) const;

 private:
  std::unique_ptr<sql::ResultSet> rows_;
};

// One database session with kept prepared statements: UTC, READ COMMITTED, short lock waits. It
// connects at its first use, never before a fork, and by itself again after the database was away.
// Every call may throw DatabaseUnavailable, RetryTransaction, Duplicate or DatabaseError.
class Session {
 public:
  // Called before each statement with its text and values; for tests.
  using Observer = std::function<void(std::string_view sql, const std::vector<Value>& values)>;

  Session(DatabaseUrl url, Metrics* metrics);
  ~Session();

  // Runs a SELECT.
  Rows query(const std::string& sql, const std::vector<Value>& values = {});

  // Runs an INSERT, UPDATE or DELETE; returns how many rows it changed. An UPDATE that matches a
  // row but changes nothing in it counts 0.
  std::uint64_t execute(const std::string& sql, const std::vector<Value>& values = {});

  // The AUTO_INCREMENT value of this session's last INSERT.
  std::int64_t last_insert_id();

  // Runs text that cannot be prepared (DDL, session settings).
  void run_text(const std::string& sql);

  void begin();
  void commit();
  // Never throws: a rollback that fails leaves a dead connection, which is a rollback too.
  void rollback() noexcept;
  bool in_transaction() const { return in_transaction_; }

  // The database's time, estimated without asking: its last known time plus what has passed since
  // by the monotonic clock. Asks once if it was never known or is a minute old.
  Instant now();

  // Notes that a transaction is begun anew.
  void count_retry();

  // Statements sent so far, those of begin, commit and rollback included.
  std::uint64_t round_trips() const { return round_trips_; }

  void observe(Observer observer) { observer_ = std::move(observer); }
  const DatabaseUrl& url() const { return url_; }

 private:
  template <class Call>
  auto guarded(Call call) -> decltype(call());
  sql::PreparedStatement& prepare(const std::string& sql, const std::vector<Value>& values);
  void connect();
  void connect_to(const std::string& host, std::uint16_t port);
  void disconnect() noexcept;
  [[noreturn]] void fail(const sql::SQLException& error);
  void count_round_trip();
  void anchor_clock();

  DatabaseUrl url_;
  Metrics* metrics_;
  std::unique_ptr<sql::Connection> connection_;
  std::unordered_map<std::string, std::unique_ptr<sql::PreparedStatement>> statements_;
  bool in_transaction_ = false;
  std::uint64_t round_trips_ = 0;
  std::optional<Instant> clock_;  // the database's time at clock_steady_ms_
  std::int64_t clock_steady_ms_ = 0;
  Observer observer_;
};

}  // namespace concert
