#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/encoding.h"
#include "base/wording.h"
#include "ctl/commands/command.h"
#include "service/admin/erase_user.h"
#include "service/points/credit_user.h"
#include "store/points/account_store.h"
#include "store/queue/token_store.h"
#include "store/sale/reservation_store.h"

namespace concert {
namespace {

UserId read_user(const CommandArguments& given) {
  const auto user = UserId::parse(given.text("user"));
  if (!user) throw UsageError("--user must be a UUID.");
  return *user;
}

Json::Value token_json(const Token& token) {
  Json::Value json(Json::objectValue);
  json["queueId"] = json_number(token.queue.value);
  json["status"] = std::string(to_text(token.state));
  json["issuedAt"] = token.issued_at.rfc3339();
  json["expiresAt"] = token.expires_at.rfc3339();
  return json;
}

void show_tokens(Backend& backend, const UserId& user, CommandResult& result) {
  result.json["tokens"] = Json::Value(Json::arrayValue);
  TokenStore tokens(backend.db, backend.settings.token_life());
  for (const auto& [token, now] : tokens.live(user)) {
    if (state_at(token, now) == TokenState::expired) continue;
    result.text +=
        fmt::format("token    {} in queue {} since {}, until {}\n", to_text(state_at(token, now)),
                    token.queue.value, token.issued_at.rfc3339(), token.expires_at.rfc3339());
    result.json["tokens"].append(token_json(token));
  }
  // The member of a release that knew one queue.
  result.json["token"] = result.json["tokens"].get(0U, Json::Value());
  if (result.json["tokens"].empty()) result.text += "token    no live token\n";
}

// Cuts a page that was read with one row more down to `limit`. Returns whether it had that row.
template <class Row>
bool leave_newest(std::vector<Row>& page, std::int64_t limit) {
  if (page.size() <= static_cast<std::size_t>(limit)) return false;
  page.pop_back();
  return true;
}

std::string more_text(bool more, std::int64_t limit) {
  return more ? fmt::format("         the newest {}; there are more: --limit N\n", limit) : "";
}

void show_ledger(Backend& backend, const UserId& user, std::int64_t limit, CommandResult& result) {
  result.json["ledger"] = Json::Value(Json::arrayValue);
  std::vector<LedgerEntry> page = LedgerStore(backend.db).page(user, std::nullopt, limit + 1);
  const bool more = leave_newest(page, limit);
  for (const LedgerEntry& entry : page) {
    result.text +=
        fmt::format("entry    {:>6}  {}  {:<8} {:>12}  balance {}\n", entry.number.value,
                    entry.at.rfc3339(), to_text(entry.kind), entry.amount, entry.balance_after);
    Json::Value json(Json::objectValue);
    json["entryId"] = json_number(entry.number.value);
    json["kind"] = std::string(to_text(entry.kind));
    json["amount"] = json_number(entry.amount);
    json["balanceAfter"] = json_number(entry.balance_after);
    json["at"] = entry.at.rfc3339();
    result.json["ledger"].append(json);
  }
  result.json["moreLedger"] = more;
  result.text += more_text(more, limit);
}

void show_reservations(Backend& backend, const UserId& user, std::int64_t limit,
                       CommandResult& result) {
  result.json["reservations"] = Json::Value(Json::arrayValue);
  auto page = ReservationStore(backend.db).page(user, std::nullopt, limit + 1);
  const bool more = leave_newest(page, limit);
  for (const Reservation& r : page) {
    result.text += fmt::format("booked   {:>6}  {:<8}  date {}, seats {}, total {}\n", r.id.value,
                               to_text(r.state), r.date.value, few_of(r.seats), r.total);
    Json::Value json(Json::objectValue);
    json["reservationId"] = json_number(r.id.value);
    json["status"] = std::string(to_text(r.state));
    json["concertDateId"] = json_number(r.date.value);
    json["seatNumbers"] = json_numbers(r.seats);
    json["totalPrice"] = json_number(r.total);
    json["heldUntil"] = r.held_until.rfc3339();
    result.json["reservations"].append(json);
  }
  result.json["moreReservations"] = more;
  result.text += more_text(more, limit);
}

CommandResult user_show(Backend& backend, const CommandArguments& given) {
  const UserId user = read_user(given);
  const std::int64_t limit = given.number_or("limit", 20);
  const auto account = UserStore(backend.db).account(user);
  if (!account) throw CommandRefused(fmt::format("there is no user {}.", user.text()));
  CommandResult result;
  result.text = fmt::format("user     {}\nbalance  {}\n", user.text(), account->balance);
  result.json["userId"] = user.text();
  result.json["balance"] = json_number(account->balance);
  show_tokens(backend, user, result);
  show_ledger(backend, user, limit, result);
  show_reservations(backend, user, limit, result);
  return result;
}

// What is kept when the user is erased must not name the user.
void require_nameless(const CommandArguments& given, const char* option, const UserId& user) {
  if (!given.has(option)) return;
  std::string digits;
  for (const char c : given.text(option)) {
    if (c != '-') digits += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::string id = user.text();
  id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
  if (digits.find(id) != std::string::npos) {
    throw UsageError(fmt::format(
        "--{} is kept after an erasure and must not name the user. Name the request instead.",
        option));
  }
}

CommandResult user_erase(Backend& backend, const CommandArguments& given) {
  const UserId user = read_user(given);
  require_nameless(given, "why", user);
  Forfeit forfeit;
  if (given.has("forfeit")) forfeit.points = given.number("forfeit");
  forfeit.tickets = given.has("forfeit-tickets");
  LeaveQueue leave_queue(backend.db, backend.queue_cache, backend.settings, nullptr);
  EraseUser(backend.db, backend.settings, leave_queue).run(user, forfeit, action_of(given));
  CommandResult result;
  result.text =
      "the user is erased: nothing is kept under this id. Logs and backups have it until they "
      "are rotated.\n";
  result.json["erased"] = true;
  return result;
}

std::optional<std::string> read_credit_key(const CommandArguments& given) {
  constexpr std::size_t kLongest = 100;
  if (!given.has("key")) return std::nullopt;
  const std::string& key = given.text("key");
  if (!is_utf8(key) || is_blank(key) || characters_of(key) > kLongest ||
      has_control_characters(key)) {
    throw UsageError(fmt::format(
        "--key must be 1 to {} characters of UTF-8, without control characters.", kLongest));
  }
  return key;
}

CommandResult user_credit(Backend& backend, const CommandArguments& given) {
  const UserId user = read_user(given);
  require_nameless(given, "why", user);
  require_nameless(given, "key", user);
  const CreditRequest request{user, given.number("amount"), read_credit_key(given)};
  const auto [entry, is_replayed] =
      credit_user(backend.db, backend.settings, request, action_of(given));
  CommandResult result;
  result.has_changed = !is_replayed;
  result.text = is_replayed
                    ? fmt::format(
                          "done before under this key, at {}: {} to user {}, balance {} after it. "
                          "Nothing is done now.\n",
                          entry.at.rfc3339(), count_of(entry.amount, "point"), user.text(),
                          entry.balance_after)
                    : fmt::format("{} to user {}: balance {}.\n", count_of(entry.amount, "point"),
                                  user.text(), entry.balance_after);
  result.json["userId"] = user.text();
  result.json["amount"] = json_number(entry.amount);
  result.json["balance"] = json_number(entry.balance_after);
  result.json["entryId"] = json_number(entry.number.value);
  result.json["at"] = entry.at.rfc3339();
  result.json["replayed"] = is_replayed;
  return result;
}

}  // namespace

std::vector<Command> user_commands() {
  const CommandOption user = required(text_option("user", "UUID", "the user"));
  return {
      {.words = "user show",
       .help = "shows a user's balance, live token, and the newest of ledger and reservations",
       .options = {user, number_option("limit", {1, 10'000}, "how many of each (20)")},
       .run = user_show},
      {.words = "user credit",
       .help = "adds points to a balance; with --key, once however often it is run",
       .options = {user, required(number_option("amount", {1, kMaxPoints}, "the points")),
                   text_option("key", "TEXT",
                               "names this one credit, such as an order's number: 1 to 100 "
                               "characters")},
       .run = user_credit,
       .why = Why::required},
      {.words = "user erase",
       .help = "erases a user's identity; a balance, and tickets to come, must be given up",
       .options = {user, number_option("forfeit", {0, kMaxPoints}, "the points that are given up"),
                   flag_option("forfeit-tickets", "gives up the tickets of dates to come")},
       .run = user_erase,
       .why = Why::required},
  };
}

}  // namespace concert
