#include "http/response.h"

#include <fmt/format.h>

#include <cctype>
#include <chrono>
#include <functional>

#include "base/encoding.h"
#include "domain/check.h"
#include "http/request.h"

namespace concert {
namespace {

// The opaque part of an ETag: a cache may know it as a strong or as a weak one.
std::string_view opaque(std::string_view tag) {
  tag = trimmed(tag);
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// Whether If-None-Match names `tag`, an opaque part. Our tags have no comma, so each comma ends
// one.
bool names(std::string_view if_none_match, std::string_view tag) {
  for (;;) {
    const auto end = if_none_match.find_first_of(",\n");  // a line feed: the header was sent twice
    const std::string_view given = opaque(if_none_match.substr(0, end));
    if (given == tag || given == "*") return true;
    if (end == std::string_view::npos) return false;
    if_none_match.remove_prefix(end + 1);
  }
}

constexpr const char* kRetryAfter_s = "1";
constexpr int kUnavailable = 503;

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

// No cryptographic hash: a client that finds two bodies with one tag gains nothing.
std::string tag_of(const std::string& body) {
  return fmt::format("\"{:x}-{:x}\"", body.size(), std::hash<std::string_view>{}(body));
}

Response answer(ProblemKind kind, const Json::Value& body) {
  return {kind.status, "application/problem+json", json_text(body), {}, kind.code};
}

}  // namespace

Response json(int status, std::string text) {
  return {status, "application/json", std::move(text), {}};
}

Response json(int status, const Json::Value& value) { return json(status, json_text(value)); }

Response json(StoredAnswer answer) {
  Response response = json(answer.status, std::move(answer.body));
  return answer.is_replayed ? as_replay(std::move(response)) : response;
}

Response as_replay(Response&& response) {
  return std::move(response).with("Idempotent-Replayed", "true");
}

Response no_content() { return {204, "", "", {}}; }

Response revalidated(const Request& request, Response&& response) {
  const std::string tag = tag_of(response.body);
  response.is_revalidated = true;
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  response.headers.emplace_back("ETag", "W/" + tag);
  if (request.if_none_match && names(*request.if_none_match, tag)) {
    response.status = 304;
    response.content_type.clear();
    response.body.clear();
  }
  return std::move(response);
}

namespace {

// Read by nginx alone, which does not pass it on: until when it keeps the answer.
std::string end_of_its_second(const Request& request) {
  // By this host's clock, which is nginx's too.
  const auto taken_at =
      std::chrono::system_clock::now() - (std::chrono::steady_clock::now() - request.taken_at);
  const auto second = std::chrono::floor<std::chrono::seconds>(taken_at).time_since_epoch().count();
  return fmt::format("@{}", second);
}

}  // namespace

Response kept_in_nginx_alone(const Request& request, Response&& response) {
  // nginx keeps nothing with `no-store`: it says that to clients by itself.
  return std::move(response)
      .with("Cache-Control", "max-age=1, stale-while-revalidate=1")
      .with("X-Accel-Expires", end_of_its_second(request));
}

Response kept_for_a_second(const Request& request, Response&& response) {
  response.is_revalidated = true;
  response.headers.emplace_back("Cache-Control", "public, max-age=1, stale-while-revalidate=1");
  response.headers.emplace_back("X-Accel-Expires", end_of_its_second(request));
  response.headers.emplace_back("ETag", "W/" + tag_of(response.body));
  return std::move(response);
}

ProblemKind kind_of(Reason reason) {
  switch (reason) {
    case Reason::not_found: return {404, "NOT_FOUND"};
    case Reason::method_not_allowed: return {405, "METHOD_NOT_ALLOWED"};
    case Reason::identity_required: return {401, "IDENTITY_REQUIRED"};
    case Reason::token_required: return {401, "TOKEN_REQUIRED"};
    case Reason::token_invalid: return {401, "TOKEN_INVALID"};
    case Reason::token_expired: return {401, "TOKEN_EXPIRED"};
    case Reason::token_waiting: return {403, "TOKEN_WAITING"};
    case Reason::token_records_only: return {403, "TOKEN_RECORDS_ONLY"};
    case Reason::not_yours: return {403, "NOT_YOURS"};
    case Reason::media_type: return {415, "MEDIA_TYPE"};
    case Reason::body_too_large: return {413, "BODY_TOO_LARGE"};
    case Reason::malformed_json: return {400, "MALFORMED_JSON"};
    case Reason::idempotency_key_invalid: return {400, "IDEMPOTENCY_KEY_INVALID"};
    case Reason::field_invalid: return {422, "FIELD_INVALID"};
    case Reason::amount_invalid: return {422, "AMOUNT_INVALID"};
    case Reason::seat_invalid: return {422, "SEAT_INVALID"};
    case Reason::idempotency_key_reused: return {422, "IDEMPOTENCY_KEY_REUSED"};
    case Reason::charging_off: return {403, "CHARGING_OFF"};
    case Reason::voucher_invalid: return {403, "VOUCHER_INVALID"};
    case Reason::queue_not_found: return {404, "QUEUE_NOT_FOUND"};
    case Reason::concert_not_found: return {404, "CONCERT_NOT_FOUND"};
    case Reason::date_not_found: return {404, "DATE_NOT_FOUND"};
    case Reason::not_yet_open: return {409, "NOT_YET_OPEN"};
    case Reason::wrong_queue: return {403, "WRONG_QUEUE"};
    case Reason::reservation_not_found: return {404, "RESERVATION_NOT_FOUND"};
    case Reason::payment_not_found: return {404, "PAYMENT_NOT_FOUND"};
    case Reason::tickets_unavailable: return {503, "TICKETS_UNAVAILABLE"};
    case Reason::date_cancelled: return {409, "DATE_CANCELLED"};
    case Reason::not_on_sale: return {409, "NOT_ON_SALE"};
    case Reason::date_closed: return {409, "DATE_CLOSED"};
    case Reason::hold_limit: return {409, "HOLD_LIMIT"};
    case Reason::seat_limit: return {409, "SEAT_LIMIT"};
    case Reason::seat_unavailable: return {409, "SEAT_UNAVAILABLE"};
    case Reason::not_together: return {409, "NOT_TOGETHER"};
    case Reason::already_paid: return {409, "ALREADY_PAID"};
    case Reason::hold_expired: return {410, "HOLD_EXPIRED"};
    case Reason::extension_limit: return {409, "EXTENSION_LIMIT"};
    case Reason::other_holds: return {409, "OTHER_HOLDS"};
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

Response problem(const Refusal& refusal, const std::string& request_id) {
  const ProblemKind kind = kind_of(refusal.reason());
  Json::Value body = problem_body(kind, refusal.what(), request_id);
  if (!refusal.field().empty()) body["field"] = refusal.field();
  if (refusal.opening()) {
    body["registerFrom"] = refusal.opening()->first.rfc3339();
    body["opensAt"] = refusal.opening()->second.rfc3339();
  }
  if (refusal.queue()) body["queueId"] = static_cast<Json::Int64>(refusal.queue()->value);
  if (refusal.on_sale_at()) body["onSaleAt"] = refusal.on_sale_at()->rfc3339();
  if (refusal.largest()) body["largest"] = *refusal.largest();
  if (refusal.reason() == Reason::seat_unavailable) body["seats"] = Json::Value(Json::arrayValue);
  for (const Seat& seat : refusal.seats()) {
    Json::Value entry(Json::objectValue);
    entry["seatNumber"] = seat.number;
    entry["status"] = std::string(to_text(seat.state));
    body["seats"].append(entry);
  }
  for (const PaymentId payment : refusal.payments())
    body["paymentIds"].append(static_cast<Json::Int64>(payment.value));
  Response response = answer(kind, body);
  if (kind.status == kUnavailable) response.headers.emplace_back("Retry-After", kRetryAfter_s);
  if (!refusal.allow().empty()) response.headers.emplace_back("Allow", refusal.allow());
  return response;
}

Response problem(const Failure& failure, const std::string& request_id) {
  const ProblemKind kind{failure.status, failure.code};
  Response response = answer(kind, problem_body(kind, std::string(failure.detail), request_id));
  if (failure.status == kUnavailable) response.headers.emplace_back("Retry-After", kRetryAfter_s);
  return response;
}

}  // namespace concert
