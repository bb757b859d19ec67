#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "domain/instant.h"
#include "store/session/database_url.h"
#include "store/session/host_state.h"
#include "store/session/rows.h"
#include "store/session/slow_watch.h"
#include "store/session/value.h"

namespace sql {
class Connection;
class PreparedStatement;
class SQLException;
}  // namespace sql

namespace concert {

// One database session with kept prepared statements: UTC, READ COMMITTED, short lock waits. A
// statement of a request with a sampled trace carries the trace as a comment and is not kept.
//
// It connects at its first use, never before a fork, and reconnects after the database was away (a
// second after one that hung, at the earliest). Of several hosts it takes the one that the other
// sessions of its url use (HostChoice); else the first that is ready and writable; else, where all
// are read-only, the first that answers. It chooses again when a write finds its host read-only or
// outside its cluster.
//
// Every call may throw DatabaseUnavailable, RetryTransaction, Duplicate or DatabaseError.
class Session {
 public:
  // Called before each statement, those of transactions included, with its text and values; for
  // tests.
  using Observer = std::function<void(std::string_view sql, const std::vector<Value>& values)>;

  // A statement that takes longer than `timeout_s` ends as DatabaseUnavailable. The default is
  // shorter than nginx's timeout for an answer, so no worker is busy after its request is given up.
  static constexpr int kTimeout_s = 8;

  // The database ends a transaction, and its connection, that is silent for so long: a host that
  // vanished or a worker that was stopped keeps no rows locked. So an open transaction waits for
  // nothing but the database. MySQL has a limit for idle connections only.
  static constexpr int kIdle_s = 4;
  // The same for a snapshot, which locks nothing.
  static constexpr int kIdleSnapshot_s = 600;

  // A statement that takes longer than `slow_ms` is logged as a warning with its text, also where
  // it fails; 0: none is. The line has no bound value.
  Session(DatabaseUrl url, Metrics* metrics, std::int64_t slow_ms = 0, int timeout_s = kTimeout_s);
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
  // Begins a transaction that reads everything as it is at this moment, and cannot write. Between
  // its statements up to kIdleSnapshot_s may pass.
  void begin_snapshot();
  void commit();
  // Never throws: a rollback that fails leaves a dead connection, which is a rollback too.
  void rollback() noexcept;
  bool in_transaction() const { return in_transaction_; }

  // The database's time, estimated without asking: its last known time plus what has passed since
  // by the monotonic clock. Asks once if it was never known or is a minute old.
  Instant now();

  // The same for a caller that has seen a time that contradicts it: asks, at most twice a second.
  // Setting the database's clock sets it for all sessions.
  Instant asked_now();

  // Counts a retry of a transaction.
  void count_retry();

  // Call it when no request is in hand, as often as you like. Once a second it checks whether the
  // session's host is still the one to use, moves to another with the sessions of its url, and
  // keeps the connection from being idle for too long.
  void rest() noexcept;

  // What the host says of itself. Asks.
  HostState host_state();

  // Whether the host has the schema with an installation of this service in it. Asks.
  bool has_installation();

  // Statements sent so far, those of begin, commit and rollback included.
  std::uint64_t round_trips() const { return round_trips_; }

  void observe(Observer observer) { observer_ = std::move(observer); }
  // `call` runs after each connect, before the statement that needed the connection; it may use
  // this session. That statement throws what `call` throws.
  void on_connect(std::function<void()> call) { on_connect_ = std::move(call); }
  bool is_connected() const { return connection_ != nullptr; }
  const DatabaseUrl& url() const { return url_; }
  // For messages: where it is connected to, or all of its url's hosts while it is not.
  std::string place() const;

 private:
  template <class Call>
  auto guarded(Call call) -> decltype(call());
  using Statement = std::shared_ptr<sql::PreparedStatement>;
  Statement prepare(const std::string& sql, const std::vector<Value>& values);
  Statement prepare_traced(const std::string& sql, const std::vector<Value>& values);
  Statement prepare_kept(const std::string& sql, const std::vector<Value>& values);
  void connect();
  void connect_to_any();
  void connect_to(std::size_t host);
  void tell_connected();
  std::unique_ptr<sql::Connection> open(std::size_t host, int timeout_s,
                                        const std::string& schema) const;
  std::vector<std::size_t> hosts_in_order(std::size_t in_force);
  void check_own_host();
  void look_at_others(std::int64_t look);
  void go_with_others();
  void note_split(bool is_split);
  struct Sight;
  Sight look_at(std::size_t host) const;
  void disconnect() noexcept;
  void limit_idle(int time_s);
  void connect_with_idle_limit(int time_s);
  void leave_host_after(int code) noexcept;
  void leave_read_only_host() noexcept;
  void leave_read_only_connection() noexcept;
  [[noreturn]] void fail(const sql::SQLException& error);
  [[noreturn]] void fail_lost() const;
  [[noreturn]] static void fail_unavailable(const sql::SQLException& error,
                                            const std::string& where);
  void count_round_trip();
  void wake_connection();
  void anchor_clock();
  void anchor_clock_again();
  SlowWatch watch_of(const std::string& sql) const;

  DatabaseUrl url_;
  Metrics* metrics_;
  std::int64_t slow_ms_;
  int timeout_s_;
  std::unique_ptr<sql::Connection> connection_;
  std::unordered_map<std::string, Statement> statements_;
  bool in_transaction_ = false;
  std::uint64_t round_trips_ = 0;
  std::optional<Instant> clock_;  // the database's time at clock_steady_ms_
  std::int64_t clock_steady_ms_ = 0;
  std::int64_t clock_asked_ms_ = 0;            // when asked_now() asked last
  int idle_limit_s_ = kIdle_s;                 // in force at the database
  bool idles_only_in_transactions_ = true;     // what that limit is of
  std::int64_t last_said_ms_ = 0;              // when the last statement was sent
  std::int64_t next_rest_ms_ = 0;              // nothing is done at rest until then
  std::size_t host_ = 0;                       // the connection's, of those in url_
  std::optional<std::size_t> left_host_;       // is tried last at the next connection
  bool has_lacked_right_ = false;              // the connection may be older than its rights
  bool is_read_only_ = false;                  // the host was, when it was last asked
  bool is_empty_ = false;                      // of several hosts, it has no installation
  std::int64_t stays_read_only_until_ms_ = 0;  // no better host is looked for until then
  std::int64_t no_answer_until_ms_ = 0;        // no connection is tried until then
  std::int64_t connection_id_ = 0;             // as the database counts them; 0: not known
  Observer observer_;
  std::function<void()> on_connect_;
  bool is_in_on_connect_ = false;
};

}  // namespace concert
