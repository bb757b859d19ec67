#include "service/admin/erase_user.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <string>
#include <vector>

#include "base/wording.h"
#include "domain/check.h"
#include "store/admin/admin_action_store.h"
#include "store/admin/erasure_store.h"
#include "store/sale/hall_store.h"
#include "store/sale/reservation_store.h"
#include "store/sale/seat_store.h"
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

void EraseUser::run(const UserId& user, const Forfeit& forfeit, const AdminAction& action) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    require_given_up(user, forfeit);
    end_live_tokens(user);
    if (run_transaction(db_, [&] { return erase(user, forfeit, action); })) return;
    // The user joined again, charged or paid between the look and the lock.
  }
  throw Busy("the user kept coming back while being erased");
}

void EraseUser::require_given_up(const UserId& user, const Forfeit& forfeit) {
  const auto account = users_.account(user);
  if (!account) throw ChangeRefused("there is no such user: nothing is kept under this id.");
  if (account->balance != forfeit.points.value_or(0)) {
    throw ChangeRefused(
        fmt::format("the user's balance is {}. If the user gives it up, say so: --forfeit {}",
                    account->balance, account->balance));
  }
  if (forfeit.tickets) return;
  std::vector<std::string> tickets;
  for (const TicketsToCome& each : ErasureStore(db_).tickets_to_come(user)) {
    tickets.push_back(fmt::format("{} of \"{}\" at {} (reservation {})",
                                  count_of(each.seat_count, "ticket"), each.title,
                                  each.starts_at.rfc3339(), each.reservation.value));
  }
  if (tickets.empty()) return;
  throw ChangeRefused(fmt::format(
      "the user has tickets to come: {}. After the erasure nobody can show them. If the "
      "user gives them up, say so: --forfeit-tickets; otherwise refund them first.",
      few_of(tickets)));
}

void EraseUser::end_live_tokens(const UserId& user) {
  for (const TokenNow& live : tokens_.live(user)) leave_queue_.run(claims_of(live.token));
}

// False, and nothing done, if the user has come back or the balance has changed.
bool EraseUser::erase(const UserId& user, const Forfeit& forfeit, const AdminAction& action) {
  // A join writes its token under a lock on this row too: none can come before the end.
  const auto locked = users_.lock(user);
  if (!locked || locked->account.balance != forfeit.points.value_or(0)) return false;
  if (!tokens_.live(user).empty()) return false;
  if (!forfeit.tickets && !ErasureStore(db_).tickets_to_come(user).empty()) return false;
  const auto released = release_holds(user);
  ErasureStore(db_).move_records(user, random_user());
  AdminActionStore(db_).append(
      action, fmt::format(R"({{"forfeited":{},"ledgerEntries":{},"holdsReleased":{}}})",
                          locked->account.balance, locked->account.entry_count, released.size()));
  HallStore(db_).end_claims(released, ReservationState::released);
  return true;
}

// Returns those that were live.
std::vector<ReservationId> EraseUser::release_holds(const UserId& user) {
  ReservationStore reservations(db_);
  std::vector<ReservationId> released;
  for (const ReservationId hold : reservations.live_holds(user)) {
    if (!reservations.end_hold(hold, ReservationState::released)) continue;
    SeatStore(db_).release(hold);
    released.push_back(hold);
  }
  return released;
}

}  // namespace concert
