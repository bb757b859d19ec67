#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <type_traits>

#include "store/session/errors.h"
#include "store/session/session.h"

namespace concert {

// A transaction that is rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) { session_.begin(); }
  ~Transaction() { session_.rollback(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() { session_.commit(); }

 private:
  Session& session_;
};

// All that is read while it lives is of one moment.
class Snapshot {
 public:
  explicit Snapshot(Session& session) : session_(session) { session_.begin_snapshot(); }
  ~Snapshot() { session_.rollback(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Session& session_;
};

// The pause before the attempt that follows attempt number `attempt` (from 1). It doubles from 8 ms
// to 2 s and half of it is random, so that transactions that collided do not collide again in step
// and conflicts that last seconds do not use all attempts up. Nine pauses take 2 to 4 s.
inline std::chrono::microseconds backoff(int attempt) {
  constexpr std::uint32_t kFirst_us = 8000;
  constexpr int kMostDoublings = 8;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const std::uint32_t half_us = kFirst_us / 2 << std::clamp(attempt - 1, 0, kMostDoublings);
  return std::chrono::microseconds(half_us + random() % half_us);
}

// Runs `body` in a transaction and commits it; returns what `body` returned. On a deadlock or a
// lock timeout the whole body is retried, up to 10 times within 6 seconds; then Busy is thrown. Any
// other exception rolls back and is passed on.
template <class Body>
auto run_transaction(Session& session, Body body) {
  constexpr int kAttempts = 10;
  constexpr auto kTimeout = std::chrono::seconds(6);
  const auto give_up = std::chrono::steady_clock::now() + kTimeout;
  for (int attempt = 1;; ++attempt) {
    std::chrono::microseconds pause{};
    try {
      Transaction transaction(session);
      if constexpr (std::is_void_v<decltype(body())>) {
        body();
        transaction.commit();
        return;
      } else {
        auto result = body();
        transaction.commit();
        return result;
      }
    } catch (const RetryTransaction& error) {
      pause = backoff(attempt);
      if (attempt == kAttempts || std::chrono::steady_clock::now() + pause > give_up)
        throw Busy(error.what());
      session.count_retry();
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace concert
