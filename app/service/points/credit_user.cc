#include "service/points/credit_user.h"

#include <fmt/format.h>
#include <json/json.h>

#include "base/encoding.h"
#include "base/wording.h"
#include "service/points/balances.h"
#include "store/admin/admin_action_store.h"
#include "store/points/voucher_store.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

// What is recorded; the user's name is not, because the record outlives the user's erasure.
std::string subject_of(const CreditRequest& request, const LedgerEntry& entry) {
  Json::Value subject(Json::objectValue);
  subject["amount"] = static_cast<Json::Int64>(entry.amount);
  subject["entryId"] = static_cast<Json::Int64>(entry.number.value);
  if (request.key) subject["key"] = *request.key;
  return json_text(subject);
}

// The credit that was made under the key. Throws ChangeRefused if it is another one.
std::optional<LedgerEntry> made_before(VoucherStore& vouchers, const CreditRequest& request) {
  const auto made = request.key ? vouchers.credit(*request.key) : std::nullopt;
  if (made && (made->user != request.user || made->amount != request.amount)) {
    throw ChangeRefused(fmt::format(
        "the key was used at {} for a credit of {} to {}. Give each credit a key of its own.",
        made->at.rfc3339(), count_of(made->amount, "point"),
        made->user == request.user ? "this user" : "another user"));
  }
  return made;
}

LedgerEntry make(Session& db, const Settings& settings, const CreditRequest& request,
                 const LockedAccount& locked) {
  if (!has_room(locked.account.balance, request.amount, settings.balance_limit)) {
    throw ChangeRefused(fmt::format(
        "the balance is {}, and `balance_limit` is {}: there is no room for {}.",
        locked.account.balance, settings.balance_limit, count_of(request.amount, "point")));
  }
  const LedgerEntry entry = post_entry(db, locked, EntryKind::credit, request.amount);
  if (!request.key) return entry;
  try {
    VoucherStore(db).insert_key(*request.key, entry);
  } catch (const Duplicate& error) {
    throw RetryTransaction(error.what());  // another user's credit took the key meanwhile
  }
  return entry;
}

}  // namespace

Credit credit_user(Session& db, const Settings& settings, const CreditRequest& request,
                   const AdminAction& action) {
  std::optional<LedgerEntry> posted;
  return settle([&](bool maybe_committed) {
    const std::optional<LedgerEntry> before = maybe_committed ? posted : std::nullopt;
    return run_transaction(db, [&]() -> Credit {
      const auto locked = UserStore(db).lock(request.user);
      if (!locked) {
        throw ChangeRefused(fmt::format(
            "there is no user {}: a user is known from the first token on.", request.user.text()));
      }
      if (before && LedgerStore(db).has(*before)) return {*before};
      VoucherStore vouchers(db);
      if (const auto made = made_before(vouchers, request)) return {*made, true};
      posted = make(db, settings, request, *locked);
      AdminActionStore(db).append(action, subject_of(request, *posted));
      return {*posted};
    });
  });
}

}  // namespace concert
