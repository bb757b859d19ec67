#include "service/queue/issue_token.h"

#include <algorithm>

#include "store/session/errors.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {

IssueToken::Result IssueToken::run(const UserId& user) {
  return settle([&](bool) { return issue(user); });
}

IssueToken::Result IssueToken::issue(const UserId& user) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const JoinOutlook outlook = backend_.tokens.outlook(kMainQueue, user);
    if (outlook.live) {
      if (auto answer = existing(*outlook.live, outlook.now)) return {*std::move(answer), false};
      continue;  // it has ended
    }
    // A place whose token has lapsed is free, and a wait that has run out keeps nobody waiting,
    // although no cron has noted it yet.
    const bool full =
        outlook.active_count >= outlook.active_limit.value_or(backend_.settings.active_limit);
    if (full && outlook.nobody_waits) expire_.lapsed_active();
    if (!full && !outlook.nobody_waits && !outlook.paused) end_lapsed_waits();
    try {
      if (auto answer = join(user, outlook.user_exists)) return {*std::move(answer), true};
      // The connection was lost right after the join: the next look finds the token.
    } catch (const Duplicate&) {
      // The same user joined at the same time elsewhere: that token is the user's.
      continue;
    } catch (const ParentGone&) {
      // An administrator erased the user since the look: who comes now is a new one.
      continue;
    }
  }
  throw Busy("the user's token kept changing while it was asked for");
}

void IssueToken::end_lapsed_waits() {
  constexpr int kMostBatches = 4;  // the cron ends the others, or who joins next
  if (backend_.tokens.somebody_waits(kMainQueue)) return;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    if (expire_.lapsed_waiting() < static_cast<std::size_t>(ExpireTokens::kBatch)) return;
  }
}

std::optional<TokenAnswer> IssueToken::existing(Token token, Instant now) {
  if (state_at(token, now) == TokenState::expired) {
    expire_.one(token);
    return std::nullopt;
  }
  // Every read with this token would be refused by the note of an end that the database lost.
  backend_.queue_cache.withdraw_end(token.issue(), [&] {
    const auto found = backend_.tokens.find(token.id);
    return found && found->token.issued_at == token.issued_at &&
           (found->token.state == TokenState::waiting || found->token.state == TokenState::active);
  });
  if (token.state == TokenState::active) {
    if (!guard_.keep_alive(token, now)) return std::nullopt;
    return standing_.active(token, now);
  }
  return tell_wait_.run(token, token.joined_position, now);
}

std::optional<TokenAnswer> IssueToken::join(const UserId& user, bool user_exists) {
  const std::int64_t waiting_ms =
      std::min(backend_.settings.waiting_seconds * 1000, backend_.life.longest_wait_ms());
  run_transaction(backend_.db, [&] {
    if (!user_exists) backend_.users.ensure(user);
    // From here to the commit every other join waits: nothing that can be done elsewhere is done
    // here.
    backend_.queues.take_place(kMainQueue, backend_.settings.active_limit);
    const std::int64_t active_ms = backend_.life.end_to_write(Instant{}, Instant{}).ms;
    backend_.tokens.insert_newest(kMainQueue, user, active_ms, waiting_ms);
  });
  const auto joined = backend_.tokens.newest();
  if (!joined) return std::nullopt;
  const bool active = joined->token.state == TokenState::active;
  backend_.count(active ? tokens_active : tokens_waiting, 1);
  if (active) {
    backend_.queue_cache.note_active(joined->token, joined->now, true);
    return standing_.active(joined->token, joined->now);
  }
  const std::int64_t position = joined->token.joined_position;
  return standing_.waiting(joined->token, position, position, standing_.line(joined->token.queue),
                           joined->now);
}

}  // namespace concert
