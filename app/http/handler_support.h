#pragma once

#include <json/json.h>

#include <string>
#include <utility>

#include "domain/refusal.h"
#include "http/app.h"
#include "http/body.h"
#include "http/request.h"

namespace concert {

// The bearer of an Authorization header; nothing if there is none.
std::optional<std::string> bearer(const Request& request);

// What the request's queue token says. Refuses: token_required, token_invalid.
TokenClaims claims_of(const App& app, const Request& request);

// The id at `index` of the path. Refuses: not_found.
std::int64_t path_id(const Request& request, std::size_t index);

// Checks that the path's user at `index` is the token's. Refuses: not_found, not_yours.
void require_own_path(const TokenClaims& claims, const Request& request, std::size_t index);

// Reads the form of a request with `read`. What is wrong with the token is said before what is
// wrong with the form, so a refused form first asks `guard`.
template <class Read, class GuardCheck>
auto read_form(Read read, GuardCheck guard) -> decltype(read()) {
  try {
    return read();
  } catch (const Refusal&) {
    guard();
    throw;
  }
}

// read_form() for calls that need an active token.
template <class Read>
auto read_form(App& app, const TokenClaims& claims, Read read) {
  return read_form(std::move(read), [&] { app.guard.require_active(claims); });
}

// read_form() for calls that show a user's own records.
template <class Read>
auto read_own_form(App& app, const TokenClaims& claims, Read read) {
  return read_form(std::move(read), [&] { app.guard.require_own_records(claims); });
}

// A page of at most `limit` of `items`, which holds one more where there is a further page:
// {"<name>": [...], "next": <id of the last one or null>}
template <class Item, class IdOf>
Json::Value page_json(const char* name, const std::vector<Item>& items, std::int64_t limit,
                      IdOf id_of) {
  Json::Value page(Json::objectValue);
  page[name] = Json::Value(Json::arrayValue);
  page["next"] = Json::Value();
  const auto shown = std::min(items.size(), static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < shown; ++i) page[name].append(to_json(items[i]));
  if (items.size() > shown) page["next"] = static_cast<Json::Int64>(id_of(items[shown - 1]));
  return page;
}

}  // namespace concert
