#pragma once

#include <string>
#include <vector>

#include "http/routes.h"

namespace concert {

// What the requests of a round will read. A worker that finds several requests waiting fetches it
// for all of them together: a round trip costs more than an answer.
struct PrefetchList {
  std::vector<std::string> cache_keys;
  std::vector<TokenClaims> polls;
  std::vector<UserId> balances;
  std::vector<DateId> seats;
};

// Each puts what one kind of call reads on the list; the route table names it. The call has its
// token.
void prefetch_poll(const Call& call, PrefetchList& list);
void prefetch_token(const Call& call, PrefetchList& list);
void prefetch_dates(const Call& call, PrefetchList& list);
void prefetch_seats(const Call& call, PrefetchList& list);
void prefetch_balance(const Call& call, PrefetchList& list);

// Fetches what is on the list. Best effort: a value that cannot be fetched is skipped; the handler
// that needs it asks again and reports the error.
void fetch(App& app, const PrefetchList& list);

}  // namespace concert
