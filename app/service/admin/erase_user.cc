#include "service/admin/erase_user.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>

#include "domain/check.h"
#include "service/admin/change_refused.h"
#include "service/queue/leave_queue.h"
#include "store/admin/erasure_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

// Of 122 random bits, in the form of a UUID of version 4.
UserId random_user() {
  std::array<unsigned char, 16> bytes{};
  check(::RAND_bytes(bytes.data(), bytes.size()) == 1, "there is randomness");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  return UserId::from_binary({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

void EraseUser::run(const UserId& user, std::optional<Points> forfeit, const AdminAction& action) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto account = backend_.users.account(user);
    if (!account) throw ChangeRefused("there is no such user: nothing is kept under this id.");
    if (account->balance != forfeit.value_or(0)) {
      throw ChangeRefused(
          fmt::format("the user's balance is {}. If the user gives it up, say so: --forfeit {}",
                      account->balance, account->balance));
    }
    leave_queue(user);
    if (run_transaction(backend_.db, [&] { return erase(user, forfeit, action); })) return;
    // The user came back, or charged, between the look and the lock.
  }
  throw Busy("the user kept coming back while being erased");
}

void EraseUser::leave_queue(const UserId& user) {
  const auto live = backend_.tokens.live(kMainQueue, user);
  if (!live) return;
  TokenClaims claims;
  claims.id = live->token.id;
  claims.user = user;
  claims.issued_at = live->token.issued_at;
  Guard guard(backend_);
  LeaveQueue(backend_, guard).run(claims);
}

bool EraseUser::erase(const UserId& user, std::optional<Points> forfeit,
                      const AdminAction& action) {
  // A join writes its token under a lock on this row too: none can come before the end.
  const auto locked = backend_.users.lock(user);
  if (!locked || locked->account.balance != forfeit.value_or(0)) return false;
  if (backend_.tokens.live(kMainQueue, user)) return false;
  const auto holds = backend_.reservations.live_holds(user);
  for (const ReservationId hold : holds) {
    if (backend_.reservations.end_hold(hold, ReservationState::released))
      backend_.seats.release(hold);
  }
  ErasureStore(backend_.db).move_records(user, random_user());
  backend_.admin_actions.append(
      action, fmt::format(R"({{"forfeited":{},"ledgerEntries":{},"holdsReleased":{}}})",
                          locked->account.balance, locked->account.entry_count, holds.size()));
  return true;
}

}  // namespace concert
