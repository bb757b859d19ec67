#pragma once

#include "base/metrics.h"
#include "service/access/token_uses.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/positions.h"
#include "service/queue/token_answer.h"
#include "store/points/account_store.h"

namespace concert {

// Gives a user a token of a queue: active at once below the limit while nobody waits, else waiting
// at the next place. Before an opening every token waits, as an entry of the draw or behind all
// entries.
class IssueToken {
 public:
  struct With {
    Session& db;
    QueueCache& cache;
    const Settings& settings;
    const TokenText& text;
    Metrics& metrics;
  };
  explicit IssueToken(const With& with)
      : db_(with.db),
        cache_(with.cache),
        settings_(with.settings),
        metrics_(with.metrics),
        life_(with.settings.token_life()),
        queues_(with.db),
        tokens_(with.db, life_),
        waits_(with.db, life_),
        users_(with.db),
        uses_(with.db, with.cache, with.settings),
        expire_tokens_(with.db, with.cache, with.settings),
        positions_(with.db, with.cache, with.settings),
        answer_(with.text, with.settings) {}

  struct Result {
    TokenAnswer answer;
    bool created = false;  // false: the user's live token, at the place that it had
  };
  // Refuses: not_yet_open.
  Result run(QueueId queue, const UserId& user);

 private:
  Result issue(QueueId queue, const UserId& user);
  void make_room(QueueId queue, const JoinOutlook& outlook);
  // Ends lapsed waits, if no other tokens wait.
  void end_lapsed_waits(QueueId queue, const std::optional<Opening>& opening);
  // Nothing if the token has ended, or is to be looked at again.
  std::optional<TokenAnswer> existing(Token token, Instant now);
  // Nothing if the connection was lost right after the join.
  std::optional<TokenAnswer> join(QueueId queue, const UserId& user, const JoinOutlook& outlook);

  Session& db_;
  QueueCache& cache_;
  const Settings& settings_;
  Metrics& metrics_;
  TokenLife life_;
  QueueStore queues_;
  TokenStore tokens_;
  WaitStore waits_;
  UserStore users_;
  TokenUses uses_;
  ExpireTokens expire_tokens_;
  Positions positions_;
  AnswerToken answer_;
};

}  // namespace concert
