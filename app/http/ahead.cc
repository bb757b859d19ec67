#include "http/ahead.h"

#include <exception>

#include "http/handler_support.h"

namespace concert {
namespace {

void add(Ahead& ahead, std::vector<std::string> keys) {
  for (std::string& key : keys) ahead.cache_keys.push_back(std::move(key));
}

template <class Read>
void try_to(Read read) {
  try {
    read();
  } catch (const std::exception&) {
    return;
  }
}

// The database is asked ahead only for tokens whose text says that they were let in: the guard
// comes later, and who waits must not cost the database anything. A request whose trace is recorded
// asks by itself, so that its statements bear it.
bool asks_database_ahead(const Request& request) {
  const bool is_traced = request.trace && request.trace->is_sampled();
  return !is_traced && request.claims->state == TokenState::active;
}

}  // namespace

void token_is_read(const Request& request, Ahead& ahead) {
  add(ahead, {QueueCache::token_key(request.claims->id)});
}

void poll_reads(const Request& request, Ahead& ahead) {
  ahead.polls.push_back({{}, request.claims->issue(), request.claims->place});
}

void dates_read(const Request& request, Ahead& ahead) {
  ahead.dates = true;
  add(ahead, DatesCache::find_keys(ConcertId{path_id(request, 0)}, request.claims->id));
}

void seats_read(const Request& request, Ahead& ahead) {
  token_is_read(request, ahead);
  if (asks_database_ahead(request)) ahead.seats.push_back(DateId{path_id(request, 1)});
}

void balance_reads(const Request& request, Ahead& ahead) {
  token_is_read(request, ahead);
  require_own_path(*request.claims, request, 0);
  if (asks_database_ahead(request)) ahead.balances.push_back(request.claims->user);
}

void fetch(App& app, const Ahead& ahead) {
  app.backend.installation_watch.look_if_due();
  if (ahead.dates) app.catalogue.look_if_due();
  std::vector<std::string> keys = ahead.cache_keys;
  for (PolledToken poll : ahead.polls) {
    poll.queue = app.queue;
    for (std::string& key : app.backend.queue_cache.poll_keys(poll)) keys.push_back(std::move(key));
  }
  app.backend.cache.fetch_ahead(std::move(keys));
  try_to([&] { app.catalogue.read_ahead(ahead.seats); });
  try_to([&] { app.balances.read_ahead(ahead.balances); });
}

}  // namespace concert
