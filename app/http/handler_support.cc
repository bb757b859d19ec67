#include "http/handler_support.h"

#include "http/header_value.h"

namespace concert {

std::optional<std::string> bearer(const Request& request) {
  if (!request.authorization) return std::nullopt;
  const std::string_view value = trimmed(*request.authorization);
  const auto end = value.find_first_of(" \t");
  if (end == std::string_view::npos || !is_word(value.substr(0, end), "bearer"))
    return std::nullopt;
  return std::string(trimmed(value.substr(end)));
}

TokenClaims claims_of(const App& app, const Request& request) {
  if (request.claims) return *request.claims;
  const std::string_view given = request.token_header ? *request.token_header : std::string_view();
  const auto header =
      trimmed(given).empty() ? std::nullopt : std::optional<std::string>(trimmed(given));
  const auto authorization = bearer(request);
  if (!header && !authorization) {
    throw Refusal(Reason::token_required,
                  "Send the queue token: `token: <token>`. Get one with POST /token.");
  }
  if (header && authorization && *header != *authorization) {
    throw Refusal(Reason::token_invalid, "Two different queue tokens were sent.");
  }
  TokenClaims claims = app.token_text.read(header ? *header : *authorization);
  request.user = claims.user;
  return claims;
}

std::int64_t path_id(const Request& request, std::size_t index) {
  const auto id = parse_positive(request.path_values.at(index));
  if (!id) throw Refusal(Reason::not_found, "There is nothing at this path.");
  return *id;
}

void require_own_path(const TokenClaims& claims, const Request& request, std::size_t index) {
  const auto user = UserId::parse(request.path_values.at(index));
  if (!user) throw Refusal(Reason::not_found, "There is nothing at this path.");
  if (*user != claims.user) throw Refusal(Reason::not_yours, "The queue token is another user's.");
}

}  // namespace concert
