#pragma once

#include <vector>

#include "domain/token.h"
#include "store/session/session.h"

namespace concert {

// The tokens whose users were admitted, did not claim the active place in time and gave it back.
// Such a token waits again, before all places: its own place is neither waiting nor a vacancy. Once
// its user has called it has returned, and queue.returned_count counts it. A caller that changes
// one that waits has locked the queue's row.
class ReturnStore {
 public:
  ReturnStore(Session& session, const TokenLife& life) : session_(session), life_(life) {}

  // Makes active tokens of a queue wait again whose claims have lapsed, for their users to call
  // within TokenLife::rejoin_ms() of the lapse, and takes them off the count of active tokens. The
  // caller has locked them; the queue opened at `opened_at`. Returns how many.
  std::uint64_t give_back(QueueId queue, const std::vector<TokenId>& ids, Instant opened_at);

  // Notes that the user of a token that gave its place back has called: it waits until `until`, and
  // is admitted before all others. False if it does not wait so any more.
  bool note_call(const Token& token, Instant until);

  // Makes the first `count` returned tokens active, in the order of their first admission, except
  // lapsed ones, and changes the queue's counts. Returns how many.
  std::uint64_t admit(QueueId queue, Instant opened_at, std::int64_t count);

  // Takes those of the tokens off the count of a queue that had returned: they wait no more.
  void end(QueueId queue, const std::vector<TokenId>& ids);

 private:
  Session& session_;
  TokenLife life_;
};

}  // namespace concert
