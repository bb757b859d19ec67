#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "http/app.h"
#include "http/request.h"
#include "http/response.h"

namespace concert {

// What a client has to prove before the form of its request counts: where both are wrong, the
// problem is that of the access.
enum class Access {
  open,         // nothing
  login,        // its identity, by the login service's token where `identity = jwt`
  token,        // a token of this service, in whatever state
  queue_token,  // a queue token of this service, in whatever state
  active,       // an active queue token
  write,        // an active queue token, which the use case locks in its transaction
  own_records,  // a token that opens its user's own records, also one without a place in the queue
  own_write,    // the same, which the use case locks in its transaction
  charge,       // own_write, but write where `charging = open`
  operators,    // nothing here: nginx admits only the addresses of operators
};

struct Call;
struct PrefetchList;

// An endpoint. All that is particular to it is declared here.
struct Route {
  std::string_view method;
  std::string_view pattern;  // /concerts/{concertId}/dates
  Access access;
  Response (*handler)(App&, const Call&);
  void (*prefetch)(const Call&, PrefetchList&) = nullptr;  // puts what it reads on the list
};

// What the router has learned of a request.
struct Call {
  explicit Call(const Request& given) : request(given) {}

  const Request& request;
  const Route* route = nullptr;          // null: no route fits
  std::vector<std::string> path_values;  // of the pattern's {parameters}, in order
  std::string allow;                     // where the path lacks the method: those that it has
  std::optional<std::string> moved_to;   // where a read has surplus slashes: the path without
  bool shed = false;                     // not looked at: more requests come than can be served
  std::optional<TokenClaims> token;      // of the queue token, once it is read
  std::optional<UserId> login;           // of the login service's token

  // Of a call whose access needs a queue token.
  const TokenClaims& claims() const { return *token; }

  // The id at `index` of the path. Refuses: not_found.
  std::int64_t path_id(std::size_t index) const;
  // The user at `index` of the path, which is that of the token. Refuses: not_found, not_yours.
  UserId own_path_user(std::size_t index) const;
};

// The names of the routes, in the order in which Metrics counts them; the last stands for requests
// that fit none.
std::vector<std::string> route_names();

// Finds the route of a request, decides whether it is shed, and puts what its handler will read on
// `list`. Never throws: what is to be refused is refused by answer().
Call open_call(App& app, const Request& request, PrefetchList& list);

// Answers the request of a call: checks the access, reads the form, runs the handler, turns every
// refusal and failure into a problem; then counts and logs it. Never throws.
Response answer(App& app, Call& call);

}  // namespace concert
