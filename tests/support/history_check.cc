#include "support/history_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

#include "domain/instant.h"
#include "support/jwt.h"

namespace concert::test {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
// For so long a read may believe what memcached says of a token that has ended.
constexpr std::int64_t kCachedState_ms = 6000;

std::int64_t ms_of(const Json::Value& time) {
  return Instant::parse_rfc3339(time.asString()).value_or(Instant{}).ms;
}

// What a client knows for certain: from one moment to another this was so.
struct Span {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string owner;
};

// Of a request for several payments: one event for each, as if each had been asked for by itself.
History one_by_one(const Event& event) {
  History events;
  std::istringstream ids(event.about);
  for (std::string id; std::getline(ids, id, ',');) {
    Event one = event;
    one.kind = "pay";
    one.about = id;
    one.answer = Json::Value();
    for (const Json::Value& payment : event.answer["payments"]) {
      if (event.succeeded() && payment["paymentId"].asString() == id) one.answer = payment;
    }
    // What a refusal says of all of them is not said of each.
    if (one.refused() && one.code != "TOKEN_EXPIRED") one.code.clear();
    events.push_back(std::move(one));
  }
  return events;
}

class Check {
 public:
  Check(const History& history, const FinalState& state) : state_(state) {
    for (const Event& event : history) {
      history_.push_back(event);
      if (event.kind != "pay_all") continue;
      for (Event& one : one_by_one(event)) history_.push_back(std::move(one));
    }
    std::sort(history_.begin(), history_.end(),
              [](const Event& a, const Event& b) { return a.begun_ms < b.begun_ms; });
    for (const Event& event : history_) {
      of_user_[event.user].push_back(&event);
      if (event.kind == "hold" && event.succeeded())
        made_.emplace(event.answer["reservationId"].asString(), &event);
    }
  }

  std::vector<std::string> run(std::int64_t active_limit) {
    charges();
    holds();
    ends();
    payments();
    tokens_that_paid();
    points();
    owners();
    inside(active_limit);
    order();
    lives();
    return std::move(faults_);
  }

 private:
  template <class... Args>
  void fault(fmt::format_string<Args...> text, Args&&... args) {
    faults_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  // When the user of `event` next began a request that may have been done and that `ends` it.
  template <class Ends>
  std::int64_t next_end(const Event& event, Ends ends) const {
    for (const Event* other : of_user_.at(event.user)) {
      if (other->begun_ms >= event.begun_ms && !other->refused() && ends(*other))
        return other->begun_ms;
    }
    return kForEver;
  }

  // Events that were asked for with the same key, or about the same thing, belong together.
  std::map<std::string, std::vector<const Event*>> together(const std::string& kind,
                                                            std::string Event::*by) const {
    std::map<std::string, std::vector<const Event*>> groups;
    for (const Event& event : history_) {
      if (event.kind == kind) groups[event.*by].push_back(&event);
    }
    return groups;
  }

  // The answer that all successes of a group gave; none if there was no success.
  const Event* one_answer(const std::vector<const Event*>& group) {
    const Event* first = nullptr;
    for (const Event* event : group) {
      if (!event->succeeded()) continue;
      if (first == nullptr) first = event;
      if (event->answer != first->answer)
        fault("{} {}{} was answered in two ways", event->kind, event->about, event->key);
    }
    return first;
  }

  // When somebody first had an answer that it was done; never is kForEver.
  static std::int64_t first_answered_ms(const std::vector<const Event*>& group) {
    std::int64_t first = kForEver;
    for (const Event* event : group) {
      if (event->succeeded()) first = std::min(first, event->ended_ms);
    }
    return first;
  }

  static bool may_have_been_done(const std::vector<const Event*>& group) {
    return std::any_of(group.begin(), group.end(), [](auto* event) { return !event->refused(); });
  }

  // A user's charges all differ in their amount.
  void charges() {
    std::map<std::pair<std::string, std::int64_t>, int> found;
    for (const auto& entry : state_.entries) {
      if (entry.kind == "CHARGE") ++found[{entry.user, entry.amount}];
    }
    for (const auto& [key, group] : together("charge", &Event::key)) {
      const std::int64_t amount = std::stoll(group.front()->about);
      const auto at = found.find({group.front()->user, amount});
      const int count = at == found.end() ? 0 : at->second;
      const Event* const answer = one_answer(group);
      if (answer != nullptr && count != 1) fault("charge {} is there {} times", key, count);
      if (count > (may_have_been_done(group) ? 1 : 0))
        fault("charge {} is there {} times, unasked", key, count);
      if (answer != nullptr) entry_is(*answer, amount);
      if (at != found.end()) found.erase(at);
    }
    for (const auto& [whose, count] : found)
      fault("{} was charged {}, which nobody asked for", whose.first, whose.second);
  }

  void entry_is(const Event& answer, std::int64_t amount) {
    const auto at = std::find_if(state_.entries.begin(), state_.entries.end(), [&](auto& entry) {
      return entry.user == answer.user && entry.number == answer.answer["entryId"].asInt64();
    });
    if (at == state_.entries.end() || at->amount != amount ||
        at->balance_after != answer.answer["balance"].asInt64())
      fault("entry {} of {} is not as it was acknowledged", answer.answer["entryId"].asInt64(),
            answer.user);
  }

  void holds() {
    std::map<std::string, std::int64_t> most;
    for (const auto& [key, group] : together("hold", &Event::key)) {
      if (may_have_been_done(group)) ++most[group.front()->user];
      const Event* const answer = one_answer(group);
      if (answer == nullptr) continue;
      const auto at = state_.reservations.find(answer->answer["reservationId"].asString());
      std::vector<std::string> numbers;
      for (const Json::Value& seat : answer->answer["seatNumbers"])
        numbers.push_back(seat.asString());
      if (at == state_.reservations.end() || at->second.user != answer->user ||
          at->second.date != answer->answer["concertDateId"].asInt64() ||
          at->second.total != answer->answer["totalPrice"].asInt64() ||
          at->second.seats != fmt::format("{}", fmt::join(numbers, " ")))
        fault("hold {} is not there as it was acknowledged", key);
    }
    std::map<std::string, std::int64_t> found;
    for (const auto& [id, hold] : state_.reservations) ++found[hold.user];
    for (const auto& [user, count] : found) {
      if (count > most[user])
        fault("{} has {} reservations, {} were asked for", user, count, most[user]);
    }
  }

  // The hold, unless the database does not know it.
  const FinalState::Hold* find_hold(const std::string& id) const {
    const auto at = state_.reservations.find(id);
    return at == state_.reservations.end() ? nullptr : &at->second;
  }

  // When an administrator released the hold, or refunded its payment.
  std::int64_t taken_back_ms(const std::string& id) const {
    const FinalState::Hold* const hold = find_hold(id);
    return hold != nullptr && hold->let_go_ms > 0 ? hold->let_go_ms : kForEver;
  }

  // Until when a hold that was not paid certainly lived: as its user was told last, unless
  // something may have ended it before. One that was extended had lived until then.
  std::int64_t certain_end_ms(const Event& made) const {
    const std::string id = made.answer["reservationId"].asString();
    std::int64_t told = ms_of(made.answer["heldUntil"]);
    for (const Event* event : of_user_.at(made.user)) {
      if (event->kind == "extend" && event->about == id && event->succeeded())
        told = std::max(told, ms_of(event->answer["heldUntil"]));
    }
    const std::int64_t let_go = next_end(
        made, [&](const Event& other) { return other.kind == "release" && other.about == id; });
    return std::min({told, let_go, taken_back_ms(id)});
  }

  void ends() {
    for (const Event& event : history_) {
      if (event.kind == "extend" && event.succeeded()) {
        const FinalState::Hold* const hold = find_hold(event.about);
        if (hold == nullptr || hold->held_until_ms < ms_of(event.answer["heldUntil"]))
          fault("the extension of {} is not there as it was acknowledged", event.about);
      }
      if (event.code != "HOLD_EXPIRED") continue;
      const auto made = made_.find(event.about);
      if (made != made_.end() && made->second->ended_ms < event.begun_ms &&
          event.ended_ms < certain_end_ms(*made->second))
        fault("hold {} was refused as over while it lived: {}", event.about, event.kind);
    }
  }

  static bool was_paid(const FinalState::Hold& hold) {
    return hold.state == "PAID" || hold.state == "REFUNDED";
  }

  void payments() {
    const auto asked = together("pay", &Event::about);
    for (const auto& [id, group] : asked) {
      const Event* const answer = one_answer(group);
      const auto at = state_.payments.find(id);
      if (answer != nullptr && (at == state_.payments.end() || at->second.user != answer->user ||
                                at->second.amount != answer->answer["amount"].asInt64()))
        fault("payment {} is not there as it was acknowledged", id);
    }
    for (const auto& [id, paid] : state_.payments) {
      const auto group = asked.find(id);
      if (group == asked.end() || !may_have_been_done(group->second))
        fault("payment {} was made, unasked", id);
      const auto hold = state_.reservations.find(id);
      if (hold == state_.reservations.end() || !was_paid(hold->second) ||
          hold->second.user != paid.user || hold->second.total != paid.amount)
        fault("payment {} is not for its reservation", id);
    }
  }

  // A token pays in one transaction, for all that its user holds then.
  void tokens_that_paid() {
    std::map<std::string, std::int64_t> paid_ms;
    for (const auto& [id, paid] : state_.payments) {
      const auto [at, is_new] = paid_ms.emplace(paid.token, paid.at_ms);
      if (!is_new && at->second != paid.at_ms)
        fault("payment {} of token {} was made at another moment", id, paid.token);
    }
    for (const auto& [id, group] : together("pay", &Event::about)) {
      const auto paid = state_.payments.find(id);
      if (paid != state_.payments.end())
        nothing_is_left(id, paid->second, first_answered_ms(group));
    }
  }

  void nothing_is_left(const std::string& id, const FinalState::Paid& paid,
                       std::int64_t answered_ms) {
    for (const auto& [other, made] : made_) {
      const auto also = state_.payments.find(other);
      const bool was_paid_then = also != state_.payments.end() && also->second.at_ms <= paid.at_ms;
      if (made->user != paid.user || was_paid_then) continue;
      if (made->ended_ms < paid.at_ms && answered_ms < certain_end_ms(*made))
        fault("hold {} was left behind by payment {}", other, id);
    }
  }

  void points() {
    std::map<std::string, std::int64_t> balance;
    std::map<std::string, std::int64_t> count;
    std::int64_t drawn = 0;
    for (const auto& entry : state_.entries) {
      if (entry.number != ++count[entry.user]) fault("a gap in the ledger of {}", entry.user);
      balance[entry.user] += entry.amount;
      if (balance[entry.user] != entry.balance_after)
        fault("entry {} of {} does not add up", entry.number, entry.user);
      if (entry.kind == "PAYMENT") drawn -= entry.amount;
    }
    for (const auto& [user, points] : state_.balances) {
      if (points != balance[user]) fault("{} has {} points, not {}", user, points, balance[user]);
    }
    refunds();
    for (const auto& [id, paid] : state_.payments) drawn -= paid.amount;
    if (drawn != 0) fault("{} points were taken without a payment", drawn);
  }

  // What was refunded of a user's reservations is in the ledger once.
  void refunds() {
    std::map<std::string, std::int64_t> owed;
    for (const auto& [id, hold] : state_.reservations) owed[hold.user] += hold.refunded;
    for (const auto& entry : state_.entries) {
      if (entry.kind == "REFUND") owed[entry.user] -= entry.amount;
    }
    for (const auto& [user, points] : owed) {
      if (points != 0) fault("{} was given back {} points too few", user, points);
    }
  }

  // While one user certainly has a seat, nobody else may, and nobody may read it as free. A hold
  // that lapses while its payment is under way is free for all until the payment is done: a user
  // that takes it then has it, and the payment is refused.
  void owners() {
    std::map<std::string, std::vector<Span>> spans;
    std::map<std::string, std::vector<Span>> not_free;
    const auto payments = together("pay", &Event::about);
    for (const Event& event : history_) {
      if (event.kind != "hold" || !event.succeeded()) continue;
      const std::string id = event.answer["reservationId"].asString();
      const FinalState::Hold* const hold = find_hold(id);
      const bool paid = hold != nullptr && was_paid(*hold);
      const std::int64_t taken_back = taken_back_ms(id);
      const std::int64_t held = certain_end_ms(event);
      const std::int64_t end = paid ? taken_back : held;
      for (const Json::Value& seat : event.answer["seatNumbers"]) {
        const std::string name = event.answer["concertDateId"].asString() + "/" + seat.asString();
        if (end > event.ended_ms) spans[name].push_back({event.ended_ms, end, id});
        not_free[name].push_back({event.ended_ms, held, id});
        const auto payment = payments.find(id);
        if (paid && payment != payments.end())
          not_free[name].push_back({first_answered_ms(payment->second), taken_back, id});
      }
    }
    for (auto& [seat, owned] : spans) {
      std::sort(owned.begin(), owned.end(), [](auto& a, auto& b) { return a.from < b.from; });
      const Span* last = nullptr;
      for (const Span& span : owned) {
        if (last != nullptr && last->owner != span.owner && span.from < last->to)
          fault("seat {} belonged to {} and {} at once", seat, last->owner, span.owner);
        if (last == nullptr || span.to > last->to) last = &span;
      }
    }
    for (const auto& [seat, id] : state_.sold) {
      const auto hold = state_.reservations.find(id);
      if (hold == state_.reservations.end() || hold->second.state != "PAID")
        fault("seat {} was sold to {}, which did not pay", seat, id);
    }
    for (const Event& event : history_) {
      if (event.kind == "seats" && event.succeeded()) seats_were_true(event, not_free);
    }
  }

  void seats_were_true(const Event& event, const std::map<std::string, std::vector<Span>>& spans) {
    for (const Json::Value& seat : event.answer["seats"]) {
      if (seat["status"] != "AVAILABLE") continue;
      const auto owned = spans.find(event.about + "/" + seat["seatNumber"].asString());
      if (owned == spans.end()) continue;
      for (const Span& span : owned->second) {
        if (span.from < event.begun_ms && event.ended_ms < span.to)
          fault("seat {} was shown as free while {} had it", owned->first, span.owner);
      }
    }
  }

  void inside(std::int64_t limit) {
    std::vector<std::pair<std::int64_t, int>> changes;
    std::map<std::string, std::vector<Span>> spans;
    for (const Event& event : history_) {
      const bool is_answer = event.kind == "join" || event.kind == "poll";
      if (!is_answer || !event.succeeded() || event.answer["status"] != "ACTIVE") continue;
      const std::int64_t given_back = next_end(
          event, [](const Event& other) { return other.kind == "leave" || other.kind == "pay"; });
      const std::int64_t end = std::min(ms_of(event.answer["expiresAt"]), given_back);
      auto& own = spans[event.user];
      // Several answers about one token make one span.
      const std::int64_t from =
          own.empty() ? event.ended_ms : std::max(event.ended_ms, own.back().to);
      if (end > from) own.push_back({from, end, event.user});
    }
    for (const auto& [user, own] : spans) {
      for (const Span& span : own) {
        changes.emplace_back(span.from, 1);
        changes.emplace_back(span.to, -1);
      }
    }
    std::sort(changes.begin(), changes.end());  // at the same moment, a departure comes first
    std::int64_t count = 0;
    std::int64_t most = 0;
    for (const auto& [when, change] : changes) most = std::max(most, count += change);
    if (most > limit) fault("{} were inside at once, over the limit of {}", most, limit);
  }

  // A user is admitted only when every user with an earlier place has stopped waiting.
  void order() {
    constexpr std::int64_t kOneTransaction_ms = 1000;  // its statements read different times
    std::map<std::int64_t, const FinalState::Token*> by_place;
    for (const auto& [id, token] : state_.tokens) {
      if (token.seq > 0) by_place[token.seq] = &token;
    }
    std::int64_t first_later_admission = kForEver;
    for (auto at = by_place.rbegin(); at != by_place.rend(); ++at) {
      const auto& [seq, token] = *at;
      const std::int64_t waited_until =
          token->admitted_ms > 0
              ? token->admitted_ms
              : std::min(token->ended_ms > 0 ? token->ended_ms : kForEver, token->expires_ms);
      if (waited_until > first_later_admission &&
          waited_until - first_later_admission > kOneTransaction_ms)
        fault("place {} waited until {}, a later place was admitted at {}", seq, waited_until,
              first_later_admission);
      if (token->admitted_ms > 0)
        first_later_admission = std::min(first_later_admission, token->admitted_ms);
    }
  }

  // Waiting, then inside, then over; and a place in line never grows.
  void lives() {
    struct Life {
      int rank = 0;
      std::int64_t since = 0;
      std::int64_t place = kForEver;
      std::string seen_by;
    };
    std::map<std::string, std::vector<const Event*>> by_token;
    for (const Event& event : history_) {
      const bool has_token = event.kind == "join" || event.kind == "poll";
      if (has_token && event.succeeded()) {
        by_token[claims_of_jwt(event.answer["token"].asString())["jti"].asString()].push_back(
            &event);
      } else if (!event.token.empty() && (event.succeeded() || event.code == "TOKEN_EXPIRED")) {
        by_token[event.token].push_back(&event);
      }
    }
    for (auto& [token, events] : by_token) {
      std::sort(events.begin(), events.end(),
                [](auto* a, auto* b) { return a->ended_ms < b->ended_ms; });
      Life life;
      for (const Event* event : events) {
        const auto rank = rank_of(*event);
        if (!rank) continue;
        const bool is_read = event->kind == "dates" || event->kind == "seats" ||
                             event->kind == "poll" || event->kind == "join";
        const std::int64_t staleness_ms = is_read ? kCachedState_ms : 0;
        if (*rank < life.rank && event->begun_ms > life.since + staleness_ms)
          fault("token {} came back: {} at {} after {} at {}", token, event->kind, event->begun_ms,
                life.seen_by, life.since);
        if (*rank > life.rank)
          life = {*rank, event->ended_ms, life.place, event->kind + " " + event->code};
        if (*rank == 0) {
          const std::int64_t place = event->answer["position"].asInt64();
          if (place > life.place) fault("the place of token {} grew", token);
          life.place = std::min(life.place, place);
        }
      }
      is_legal(token, life.rank);
    }
  }

  static std::optional<int> rank_of(const Event& event) {
    if (event.kind == "join" || event.kind == "poll") {
      if (event.succeeded()) return event.answer["status"] == "WAITING" ? 0 : 1;
      return 2;
    }
    if (event.code == "TOKEN_EXPIRED") return 2;
    if (event.kind == "leave") return 2;
    // A user who has paid may still read the ticket and ask for the payment again.
    if (event.kind == "records" || event.kind == "pay" || event.kind == "pay_all")
      return std::nullopt;
    return 1;
  }

  void is_legal(const std::string& id, int rank) {
    const auto at = state_.tokens.find(id);
    if (at == state_.tokens.end()) {
      fault("token {} is not in the database", id);
      return;
    }
    const FinalState::Token& token = at->second;
    if (rank == 1 && token.admitted_ms == 0) fault("token {} was inside, never let in", id);
    const bool lives = token.ended_ms == 0 && token.expires_ms > state_.now_ms;
    if (rank == 2 && lives) fault("token {} was answered as ended and lives", id);
  }

  History history_;  // by their beginnings
  std::map<std::string, std::vector<const Event*>> of_user_;
  std::map<std::string, const Event*> made_;  // by reservation, the first answer to its hold
  const FinalState& state_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> contradictions(const History& history, const FinalState& state,
                                        std::int64_t active_limit) {
  return Check(history, state).run(active_limit);
}

FinalState read_final_state(Session& database) {
  FinalState state;
  const auto each = [&](const std::string& sql, const auto& take) {
    auto rows = database.query(sql);
    while (rows.next()) take(rows);
  };
  const auto user = [](Rows& rows) { return rows.user(1).text(); };
  const auto time = [](Rows& rows, unsigned column) {
    return rows.is_null(column) ? 0 : rows.instant(column).ms;
  };
  each("SELECT user_id, balance FROM user",
       [&](Rows& rows) { state.balances[user(rows)] = rows.number(2); });
  each(
      "SELECT user_id, entry_no, kind, amount, balance_after FROM ledger_entry "
      "ORDER BY user_id, entry_no",
      [&](Rows& rows) {
        state.entries.push_back(
            {user(rows), rows.number(2), rows.text(3), rows.number(4), rows.number(5)});
      });
  each(
      "SELECT r.user_id, r.reservation_id, r.state, r.concert_date_id, r.total_price, "
      "GROUP_CONCAT(s.seat_number ORDER BY s.seat_number SEPARATOR ' '), "
      "COALESCE(SUM(CASE WHEN r.state = 'REFUNDED' OR s.refunded_at IS NOT NULL THEN s.price END), "
      "0), "
      "COALESCE(MIN(s.refunded_at), CASE WHEN r.state IN ('RELEASED', 'REFUNDED') THEN r.ended_at "
      "END), r.held_until "
      "FROM reservation r LEFT JOIN reservation_seat s USING (reservation_id) "
      "GROUP BY r.reservation_id",
      [&](Rows& rows) {
        state.reservations[rows.text(2)] = {user(rows),
                                            rows.text(3),
                                            rows.number(4),
                                            rows.number(5),
                                            rows.is_null(6) ? "" : rows.text(6),
                                            rows.number(7),
                                            time(rows, 8),
                                            time(rows, 9)};
      });
  each("SELECT user_id, payment_id, amount, token_id, paid_at FROM payment", [&](Rows& rows) {
    state.payments[rows.text(2)] = {user(rows), rows.number(3), rows.text(4), time(rows, 5)};
  });
  each("SELECT token_id, seq, admitted_at, expires_at, ended_at FROM token", [&](Rows& rows) {
    state.tokens[rows.text(1)] = {rows.is_null(2) ? 0 : rows.number(2), time(rows, 3),
                                  time(rows, 4), time(rows, 5)};
  });
  each("SELECT concert_date_id, seat_number, reservation_id FROM seat WHERE state = 'SOLD'",
       [&](Rows& rows) { state.sold[rows.text(1) + "/" + rows.text(2)] = rows.text(3); });
  each("SELECT NOW(3)", [&](Rows& rows) { state.now_ms = rows.instant(1).ms; });
  return state;
}

}  // namespace concert::test
