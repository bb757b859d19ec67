#pragma once

#include <string>
#include <vector>

#include "http/app.h"
#include "http/request.h"

namespace concert {

// What the requests of a round will read. A worker that finds several requests waiting fetches it
// for all of them together: a round trip costs more than an answer.
struct Ahead {
  std::vector<std::string> cache_keys;
  std::vector<PolledToken> polls;
  bool dates = false;  // lists of dates among them
  std::vector<UserId> balances;
  std::vector<DateId> seats;
};

// What each kind of request reads; the routes name them. `request` has its claims.
void poll_reads(const Request& request, Ahead& ahead);
void dates_read(const Request& request, Ahead& ahead);
void seats_read(const Request& request, Ahead& ahead);
void balance_reads(const Request& request, Ahead& ahead);
void token_is_read(const Request& request, Ahead& ahead);

// Fetches. What cannot be fetched now is not: who needs it will ask again, and say what is wrong.
void fetch(App& app, const Ahead& ahead);

}  // namespace concert
