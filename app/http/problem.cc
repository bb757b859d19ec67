#include "http/problem.h"

#include <cctype>

#include "base/encoding.h"
#include "domain/check.h"

namespace concert {
namespace {

constexpr const char* kRetryAfter_s = "1";

// SEAT_UNAVAILABLE reads "Seat unavailable".
std::string title_of(std::string_view code) {
  std::string title;
  for (const char c : code) {
    if (c == '_') {
      title += ' ';
    } else {
      title += title.empty() ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return title;
}

Json::Value problem_body(ProblemKind kind, const std::string& detail,
                         const std::string& request_id) {
  Json::Value body(Json::objectValue);
  body["type"] = "about:blank";
  body["title"] = title_of(kind.code);
  body["status"] = kind.status;
  body["detail"] = detail;
  body["code"] = std::string(kind.code);
  body["requestId"] = request_id;
  return body;
}

Response answer(ProblemKind kind, const Json::Value& body) {
  return {kind.status, "application/problem+json", json_text(body), {}, kind.code};
}

}  // namespace

ProblemKind kind_of(Reason reason) {
  switch (reason) {
    case Reason::not_found: return {404, "NOT_FOUND"};
    case Reason::method_not_allowed: return {405, "METHOD_NOT_ALLOWED"};
    case Reason::identity_required: return {401, "IDENTITY_REQUIRED"};
    case Reason::token_required: return {401, "TOKEN_REQUIRED"};
    case Reason::token_invalid: return {401, "TOKEN_INVALID"};
    case Reason::token_expired: return {401, "TOKEN_EXPIRED"};
    case Reason::token_waiting: return {403, "TOKEN_WAITING"};
    case Reason::not_yours: return {403, "NOT_YOURS"};
    case Reason::media_type: return {415, "MEDIA_TYPE"};
    case Reason::body_too_large: return {413, "BODY_TOO_LARGE"};
    case Reason::malformed_json: return {400, "MALFORMED_JSON"};
    case Reason::idempotency_key_invalid: return {400, "IDEMPOTENCY_KEY_INVALID"};
    case Reason::field_invalid: return {422, "FIELD_INVALID"};
    case Reason::amount_invalid: return {422, "AMOUNT_INVALID"};
    case Reason::seat_invalid: return {422, "SEAT_INVALID"};
    case Reason::idempotency_key_reused: return {422, "IDEMPOTENCY_KEY_REUSED"};
    case Reason::concert_not_found: return {404, "CONCERT_NOT_FOUND"};
    case Reason::date_not_found: return {404, "DATE_NOT_FOUND"};
    case Reason::reservation_not_found: return {404, "RESERVATION_NOT_FOUND"};
    case Reason::payment_not_found: return {404, "PAYMENT_NOT_FOUND"};
    case Reason::date_closed: return {409, "DATE_CLOSED"};
    case Reason::seat_limit: return {409, "SEAT_LIMIT"};
    case Reason::seat_unavailable: return {409, "SEAT_UNAVAILABLE"};
    case Reason::already_paid: return {409, "ALREADY_PAID"};
    case Reason::hold_expired: return {410, "HOLD_EXPIRED"};
    case Reason::insufficient_balance: return {402, "INSUFFICIENT_BALANCE"};
    case Reason::balance_limit: return {409, "BALANCE_LIMIT"};
  }
  throw Bug("a refusal without a status");
}

std::vector<std::string> problem_codes() {
  std::vector<std::string> codes{"BUSY", "DATABASE_UNAVAILABLE", "INTERNAL_ERROR", "NOT_READY"};
  for (int i = 0; i <= static_cast<int>(Reason::balance_limit); ++i) {
    codes.emplace_back(kind_of(static_cast<Reason>(i)).code);
  }
  return codes;
}

Response problem(ProblemKind kind, const std::string& detail, const std::string& request_id) {
  return answer(kind, problem_body(kind, detail, request_id));
}

Response problem(const Refusal& refusal, const std::string& request_id) {
  const ProblemKind kind = kind_of(refusal.reason());
  Json::Value body = problem_body(kind, refusal.what(), request_id);
  if (!refusal.field().empty()) body["field"] = refusal.field();
  for (const Seat& seat : refusal.seats()) {
    Json::Value entry(Json::objectValue);
    entry["seatNumber"] = seat.number;
    entry["status"] = std::string(to_text(seat.state));
    body["seats"].append(entry);
  }
  Response response = answer(kind, body);
  if (!refusal.allow().empty()) response.headers.emplace_back("Allow", refusal.allow());
  return response;
}

Response busy(const std::string& request_id) {
  return problem({503, "BUSY"}, "Too much is going on at once; nothing was done. Try again.",
                 request_id)
      .with("Retry-After", kRetryAfter_s);
}

Response database_unavailable(const std::string& request_id) {
  return problem({503, "DATABASE_UNAVAILABLE"}, "The service cannot answer for now. Try again.",
                 request_id)
      .with("Retry-After", kRetryAfter_s);
}

Response outcome_unknown(const std::string& request_id) {
  return problem({503, "DATABASE_UNAVAILABLE"},
                 "The database went away while the change was made: it was made whole or not at "
                 "all. Look up which, or send it again with the same Idempotency-Key.",
                 request_id)
      .with("Retry-After", kRetryAfter_s);
}

Response internal_error(const std::string& request_id) {
  return problem({500, "INTERNAL_ERROR"},
                 "Something is wrong with the service. Report the requestId.", request_id);
}

}  // namespace concert
