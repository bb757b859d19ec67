#pragma once

#include <vector>

#include "cache/queue_cache.h"
#include "service/queue/place_orders.h"
#include "settings/settings.h"
#include "store/queue/queue_store.h"
#include "store/queue/return_store.h"
#include "store/queue/token_store.h"
#include "store/queue/vacancy_store.h"
#include "store/queue/wait_store.h"

namespace concert {

// Ends tokens whose time has run out, and waits that users give up or an administrator clears. A
// token whose claim has lapsed
// gives its active place back instead, and waits again. Each call is a transaction of its own
// unless it says otherwise. Several processes may do so at the same time.
class ExpireTokens {
 public:
  ExpireTokens(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        cache_(cache),
        life_(settings.token_life()),
        queues_(db),
        vacancies_(db),
        tokens_(db, life_),
        waits_(db, life_),
        returns_(db, life_),
        orders_(db, settings) {}

  // Ends a waiting token and notes its place as a vacancy, unless it gave an active place back.
  // False if it was not waiting any more, or was admitted meanwhile.
  bool end_wait(const Token& token, TokenState as);

  // Ends a token that has lapsed, or gives its place back if its claim has; does nothing if it has
  // ended or a use extended it since.
  void one(const Token& token);

  // Notes a user's call with a token that was admitted: one that was not claimed in time gives its
  // active place back, unless a pass did that already, and is then admitted before all others. True
  // if the token was changed, by this call or by somebody else, so that the caller looks again.
  bool note_call(const Token& token, Instant now);

  // Ends, or makes wait again, one batch of lapsed active tokens. Returns how many.
  std::size_t lapsed_active(QueueId queue);

  // Ends one batch of lapsed waiting tokens; none before the queue opens. Returns how many.
  std::size_t lapsed_waiting(QueueId queue);

  // Ends one batch of the waiting tokens up to `newest`, however long they could still wait.
  // Returns how many.
  std::size_t waiting_up_to(QueueId queue, TokenId newest);

  // Ends all lapsed waiting tokens at `places`, in the caller's transaction, which has locked the
  // queue's row. The caller passes them to note() after the commit.
  std::vector<EndedWait> lapsed_waiting_of_locked(const QueuePlaces& of, const Range& places);
  // `left_ms`: how much longer they could have lasted.
  void note(QueueId queue, const std::vector<EndedWait>& ended, std::int64_t left_ms = 0);

  static constexpr std::int64_t kBatch = 500;

 private:
  void give_back(QueueId queue, const std::vector<TokenId>& ids);
  void end_waits(QueueId queue, const std::vector<EndedWait>& waits);

  Session& db_;
  QueueCache& cache_;
  TokenLife life_;
  QueueStore queues_;
  VacancyStore vacancies_;
  TokenStore tokens_;
  WaitStore waits_;
  ReturnStore returns_;
  PlaceOrders orders_;
};

}  // namespace concert
