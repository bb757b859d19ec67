#include "http/prefetch.h"

#include <exception>

namespace concert {
namespace {

void add(PrefetchList& list, std::vector<std::string> keys) {
  for (std::string& key : keys) list.cache_keys.push_back(std::move(key));
}

template <class Read>
void try_to(Read read) {
  try {
    read();
  } catch (const std::exception&) {
    return;
  }
}

// The database is asked only for tokens whose text says that they are active: the guard comes
// later, and a waiting user must not cost the database anything. A request with a sampled trace
// asks by itself, so that its statements carry the trace.
bool may_ask_database(const Call& call) {
  const auto& trace = call.request.trace;
  const bool is_traced = trace && trace->is_sampled();
  return !is_traced && call.claims().state == TokenState::active;
}

}  // namespace

void prefetch_token(const Call& call, PrefetchList& list) {
  add(list, {QueueCache::token_key(call.claims().id)});
}

void prefetch_poll(const Call& call, PrefetchList& list) { list.polls.push_back(call.claims()); }

void prefetch_dates(const Call& call, PrefetchList& list) {
  add(list, DatesCache::find_keys(ConcertId{call.path_id(0)}, call.claims().id));
}

void prefetch_seats(const Call& call, PrefetchList& list) {
  prefetch_token(call, list);
  if (may_ask_database(call) && call.request.query("section").empty())
    list.seats.push_back(DateId{call.path_id(1)});
}

void prefetch_balance(const Call& call, PrefetchList& list) {
  prefetch_token(call, list);
  call.own_path_user(0);
  if (may_ask_database(call)) list.balances.push_back(call.claims().user);
}

void fetch(App& app, const PrefetchList& list) {
  std::vector<std::string> keys = list.cache_keys;
  for (const TokenClaims& claims : list.polls) {
    const PolledToken poll{claims.queue, claims.issue(), claims.place};
    for (std::string& key : app.backend.queue_cache.poll_keys(poll)) keys.push_back(std::move(key));
  }
  app.backend.cache.prefetch(std::move(keys));
  try_to([&] { app.catalogue.prefetch(list.seats); });
  try_to([&] { app.balances.prefetch(list.balances); });
}

}  // namespace concert
