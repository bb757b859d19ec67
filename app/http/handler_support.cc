#include "http/handler_support.h"

namespace concert {

std::optional<std::string> bearer(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  if (!request.authorization || request.authorization->size() <= kScheme.size())
    return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>((*request.authorization)[i])) != kScheme[i])
      return std::nullopt;
  }
  return request.authorization->substr(kScheme.size());
}

TokenClaims claims_of(const App& app, const Request& request) {
  if (request.claims) return *request.claims;
  const auto header =
      request.token_header && !request.token_header->empty() ? request.token_header : std::nullopt;
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
