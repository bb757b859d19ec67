#pragma once

#include <vector>

#include "domain/token.h"
#include "store/session/session.h"

namespace concert {

// The tokens whose users were admitted, did not claim the active place in time and gave it back.
// The old place of such a token counts neither as waiting nor as a vacancy. When its user calls,
// the token has returned: queue.returned_count includes it, and it is admitted before all others.
// The caller locks the queue's row before it changes a waiting token.
class ReturnStore {
 public:
  ReturnStore(Session& session, const TokenLife& life) : session_(session), life_(life) {}

  // Makes the tokens wait again, and takes them off the count of active tokens. Their users can
  // call within TokenLife::rejoin_ms() of the lapse. The caller has locked them and found their
  // claims lapsed; the queue opened at `opened_at`. Returns how many.
  std::uint64_t give_back(QueueId queue, const std::vector<TokenId>& ids, Instant opened_at);

  // Notes that the user of a token that gave its place back has called: it waits at least until
  // `until`, and is admitted before all others. False if it no longer waits.
  bool note_call(const Token& token, Instant until);

  // Makes the first `count` returned tokens active, in the order of their first admission, except
  // lapsed ones, and changes the queue's counts. Returns how many.
  std::uint64_t admit(QueueId queue, Instant opened_at, std::int64_t count);

  // Removes the returned tokens among `ids` from the queue's count, because they no longer wait.
  void uncount(QueueId queue, const std::vector<TokenId>& ids);

 private:
  Session& session_;
  TokenLife life_;
};

}  // namespace concert
