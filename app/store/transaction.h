#pragma once

#include <chrono>
#include <random>
#include <thread>

#include "store/errors.h"
#include "store/session.h"

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

// Runs `body` in a transaction and commits it; returns what `body` returned. A deadlock or a lock
// not had in time begins the whole of it anew, a bounded number of times within a bounded time,
// then throws Busy. Any other exception rolls back and flies on.
template <class Body>
auto run_transaction(Session& session, Body body) {
  constexpr int kAttempts = 10;
  constexpr auto kPatience = std::chrono::seconds(6);
  const auto begun = std::chrono::steady_clock::now();
  for (int attempt = 1;; ++attempt) {
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
      if (attempt == kAttempts || std::chrono::steady_clock::now() - begun > kPatience) {
        throw Busy(error.what());
      }
      session.count_retry();
    }
    // Spread those who collided, so that they do not collide again in step.
    static thread_local std::minstd_rand random{std::random_device{}()};
    std::this_thread::sleep_for(
        std::chrono::microseconds(random() % (1000U * static_cast<unsigned>(attempt))));
  }
}

}  // namespace concert
