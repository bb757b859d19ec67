#include "service/queue/issue_token.h"

#include <algorithm>

#include "domain/check.h"
#include "domain/refusal.h"
#include "report/counters.h"
#include "store/session/errors.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {

// Refuses: not_yet_open.
static void require_not_closed(const JoinOutlook& outlook) {
  if (phase_at(outlook.opening, outlook.now) != QueuePhase::closed) return;
  const Opening& opening = *outlook.opening;
  throw Refusal(Reason::not_yet_open,
                "The queue is not open yet. Register from the time in registerFrom on.")
      .with_opening(opening.register_from, opening.opens_at);
}

IssueToken::Result IssueToken::run(QueueId queue, const UserId& user) {
  return settle([&](bool) { return issue(queue, user); });
}

IssueToken::Result IssueToken::issue(QueueId queue, const UserId& user) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const JoinOutlook outlook = tokens_.outlook(queue, user);
    if (outlook.live) {
      if (auto answer = existing(*outlook.live, outlook.now)) return {*std::move(answer), false};
      continue;
    }
    require_not_closed(outlook);
    make_room(queue, outlook);
    try {
      if (auto answer = join(queue, user, outlook)) return {*std::move(answer), true};
      // The next look finds the token, or that it has ended.
    } catch (const Duplicate&) {
      // The same user joined at the same time elsewhere: that token is the user's.
      continue;
    } catch (const ParentGone&) {
      // An administrator erased the user since the look: the next look finds none.
      continue;
    }
  }
  throw Busy("the user's token kept changing while it was asked for");
}

// A lapsed token keeps nobody waiting, although no pass of concert-cron has ended it yet.
void IssueToken::make_room(QueueId queue, const JoinOutlook& outlook) {
  if (!is_open(outlook.opening)) return;
  const LimitsInForce limits = outlook.set.in_force(settings_.queue_limits());
  const bool full = room_for_active(limits, outlook.active_share, outlook.active_count) == 0;
  if (full && outlook.nobody_waits) expire_tokens_.lapsed_active(queue);
  if (!full && !outlook.nobody_waits && !outlook.paused) end_lapsed_waits(queue, outlook.opening);
}

void IssueToken::end_lapsed_waits(QueueId queue, const std::optional<Opening>& opening) {
  constexpr int kMostBatches = 4;  // the next join, or the next pass of concert-cron, continues
  const Opening of = opening.value_or(Opening{});
  if (waits_.somebody_waits({queue, {}, of.opens_at, of.waits_until})) return;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    const std::size_t ended = expire_tokens_.lapsed_waiting(queue);
    if (ended < static_cast<std::size_t>(ExpireTokens::kBatch)) return;
  }
}

std::optional<TokenAnswer> IssueToken::existing(Token token, Instant now) {
  if (state_at(token, now) == TokenState::expired) {
    expire_tokens_.one(token);
    return std::nullopt;
  }
  if (expire_tokens_.note_call(token, now)) return std::nullopt;
  // Every read with this token would be refused by the note of an end that the database lost.
  cache_.withdraw_end(token.issue(), [&] {
    const auto found = tokens_.find(token.id);
    return found && found->token.issued_at == token.issued_at &&
           (found->token.state == TokenState::waiting || found->token.state == TokenState::active);
  });
  if (token.state == TokenState::active) {
    if (!uses_.keep_alive(token, now)) return std::nullopt;
    return answer_.active(token, positions_.numbers(token), now);
  }
  const FoundPosition found = positions_.find(token, now);
  const auto& opening = found.state->opening;
  // That of an entry is the order of registering, which counts for nothing.
  const bool is_entry = opening && opening->is_entry(*token.seq);
  return answer_.waiting(token, found, is_entry ? std::nullopt : token.joined_position, now);
}

std::optional<TokenAnswer> IssueToken::join(QueueId queue, const UserId& user,
                                            const JoinOutlook& outlook) {
  const std::int64_t waiting_ms =
      std::min(settings_.waiting_seconds * 1000, life_.longest_wait_ms());
  run_transaction(db_, [&] {
    if (!outlook.user_exists) users_.ensure(user);
    // From here to the commit every other join waits: do here only what cannot be done elsewhere.
    queues_.take_place(queue, settings_.active_limit);
    tokens_.insert_newest(queue, user, waiting_ms);
  });
  const auto joined = tokens_.newest();
  if (!joined) return std::nullopt;
  const Token& token = joined->token;
  metrics_.add_to_cell(token.joined_position ? tokens_waiting : tokens_active, 1);
  if (token.state == TokenState::active) {
    cache_.note_active(token, joined->now, true);
    return answer_.active(token, {}, joined->now);
  }
  // Another device of the user has left with it.
  if (token.state != TokenState::waiting) return std::nullopt;
  check(token.joined_position.has_value(), "a waiting token has a position");
  const auto state = positions_.state(queue, outlook.opening);
  const auto place = positions_.place(queue, *state, *token.seq);
  return answer_.waiting(token, {place, *token.joined_position, state}, std::nullopt, joined->now);
}

}  // namespace concert
