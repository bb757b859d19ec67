#include "store/session/lease.h"

#include <fmt/format.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "base/log.h"
#include "domain/check.h"
#include "store/session/errors.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

// No other lease, of any process, has the same.
std::string new_holder() {
  std::random_device random;
  return fmt::format("{}-{:08x}{:08x}", ::getpid(), random(), random());
}

}  // namespace

std::string server_of(Session& session) {
  auto rows =
      session.query("SELECT CONCAT(@@hostname, ':', @@port, ' ', @@server_id, ' ', @@datadir)");
  check(rows.next(), "a SELECT of values has a row");
  return rows.text(1);
}

Lease::Lease(Session& session, std::string name, const std::string& server,
             std::chrono::milliseconds longest)
    : session_(session), name_(std::move(name)), holder_(new_holder()) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPause = std::chrono::milliseconds(200);
  const auto give_up = Clock::now() + longest;
  while (!take(server)) {
    if (Clock::now() >= give_up)
      throw LeaseTaken(
          fmt::format("another session has been at `{}` for {} s, through another server "
                      "of the cluster",
                      name_, longest.count() / 1000));
    std::this_thread::sleep_for(kPause);
  }
}

Lease::~Lease() {
  try {
    session_.execute(R"sql(
        UPDATE named_lock SET holder = NULL, held_until = NULL WHERE name = ? AND holder = ?)sql",
                     {name_, holder_});
  } catch (const std::exception& error) {
    log_info(fmt::format("the lease on `{}` was not given back; it ends by itself: {}", name_,
                         error.what()));
  }
}

bool Lease::take(const std::string& server) {
  return run_transaction(session_, [&] {
    session_.execute(R"sql(
        INSERT INTO named_lock (name) VALUES (?) ON DUPLICATE KEY UPDATE name = VALUES(name))sql",
                     {name_});
    return session_.execute(R"sql(
        UPDATE named_lock SET holder = ?, server = ?, held_until = NOW(3) + INTERVAL ? SECOND
        WHERE name = ? AND (holder IS NULL OR held_until <= NOW(3) OR server = ?))sql",
                            {holder_, server, kSeconds, name_, server}) == 1;
  });
}

void Lease::renew() {
  // An UPDATE that changes nothing would count 0.
  const auto renewed = session_.execute(R"sql(
      UPDATE named_lock SET taken = taken + 1, held_until = NOW(3) + INTERVAL ? SECOND
      WHERE name = ? AND holder = ?)sql",
                                        {kSeconds, name_, holder_});
  if (renewed == 1) return;
  throw LeaseTaken(fmt::format(
      "another session went on with `{}`, through another server of the cluster, because this one "
      "did not renew its lease for {} s",
      name_, kSeconds));
}

void take_lock(Session& session, const std::string& name) {
  const auto taken = session.execute(R"sql(
      UPDATE named_lock SET taken = taken + 1, taken_at = NOW(3) WHERE name = ?)sql",
                                     {name});
  check(taken == 1, "a lock that is taken has a row");
}

NamedLock::NamedLock(Session& session, std::string name, int timeout_s, const std::string& meaning)
    : session_(session), name_(std::move(name)) {
  auto rows = session_.query(
      "SELECT GET_LOCK(CONCAT(DATABASE(), '.', ?), ?), @@SESSION.wait_timeout", {name_, timeout_s});
  if (!rows.next() || rows.is_null(1) || rows.number(1) != 1) throw Busy(meaning);
  silence_before_s_ = rows.number(2);
  if (silence_before_s_ > kSilence_s) limit_silence(kSilence_s);
}

void NamedLock::limit_silence(std::int64_t time_s) {
  session_.execute("SET SESSION wait_timeout = ?", {time_s});
}

NamedLock::~NamedLock() {
  try {
    session_.query("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.', ?))", {name_});
    if (silence_before_s_ > kSilence_s) limit_silence(silence_before_s_);
  } catch (const std::exception&) {
    // A lost connection has released it.
    return;
  }
}

}  // namespace concert
