#include <json/json.h>

#include <boost/test/unit_test.hpp>
#include <cctype>
#include <set>
#include <sstream>

#include "http/response.h"
#include "store/session/errors.h"

namespace concert {
namespace {

struct Promise {
  Reason reason;
  int status;
  const char* code;
};

// As the HTTP contract has them.
constexpr Promise kPromises[] = {
    {Reason::not_found, 404, "NOT_FOUND"},
    {Reason::method_not_allowed, 405, "METHOD_NOT_ALLOWED"},
    {Reason::identity_required, 401, "IDENTITY_REQUIRED"},
    {Reason::token_required, 401, "TOKEN_REQUIRED"},
    {Reason::token_invalid, 401, "TOKEN_INVALID"},
    {Reason::token_expired, 401, "TOKEN_EXPIRED"},
    {Reason::token_waiting, 403, "TOKEN_WAITING"},
    {Reason::token_records_only, 403, "TOKEN_RECORDS_ONLY"},
    {Reason::not_yours, 403, "NOT_YOURS"},
    {Reason::media_type, 415, "MEDIA_TYPE"},
    {Reason::body_too_large, 413, "BODY_TOO_LARGE"},
    {Reason::malformed_json, 400, "MALFORMED_JSON"},
    {Reason::idempotency_key_invalid, 400, "IDEMPOTENCY_KEY_INVALID"},
    {Reason::field_invalid, 422, "FIELD_INVALID"},
    {Reason::amount_invalid, 422, "AMOUNT_INVALID"},
    {Reason::seat_invalid, 422, "SEAT_INVALID"},
    {Reason::idempotency_key_reused, 422, "IDEMPOTENCY_KEY_REUSED"},
    {Reason::charging_off, 403, "CHARGING_OFF"},
    {Reason::voucher_invalid, 403, "VOUCHER_INVALID"},
    {Reason::queue_not_found, 404, "QUEUE_NOT_FOUND"},
    {Reason::concert_not_found, 404, "CONCERT_NOT_FOUND"},
    {Reason::not_yet_open, 409, "NOT_YET_OPEN"},
    {Reason::wrong_queue, 403, "WRONG_QUEUE"},
    {Reason::date_not_found, 404, "DATE_NOT_FOUND"},
    {Reason::reservation_not_found, 404, "RESERVATION_NOT_FOUND"},
    {Reason::payment_not_found, 404, "PAYMENT_NOT_FOUND"},
    {Reason::tickets_unavailable, 503, "TICKETS_UNAVAILABLE"},
    {Reason::date_cancelled, 409, "DATE_CANCELLED"},
    {Reason::not_on_sale, 409, "NOT_ON_SALE"},
    {Reason::date_closed, 409, "DATE_CLOSED"},
    {Reason::hold_limit, 409, "HOLD_LIMIT"},
    {Reason::seat_limit, 409, "SEAT_LIMIT"},
    {Reason::seat_unavailable, 409, "SEAT_UNAVAILABLE"},
    {Reason::not_together, 409, "NOT_TOGETHER"},
    {Reason::already_paid, 409, "ALREADY_PAID"},
    {Reason::hold_expired, 410, "HOLD_EXPIRED"},
    {Reason::extension_limit, 409, "EXTENSION_LIMIT"},
    {Reason::other_holds, 409, "OTHER_HOLDS"},
    {Reason::insufficient_balance, 402, "INSUFFICIENT_BALANCE"},
    {Reason::balance_limit, 409, "BALANCE_LIMIT"},
};

Json::Value body_of(const Response& response) {
  Json::Value value;
  std::istringstream in(response.body);
  in >> value;
  return value;
}

std::string header(const Response& response, const std::string& name) {
  for (const auto& [given, value] : response.headers) {
    if (given == name) return value;
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem_test)

BOOST_AUTO_TEST_CASE(every_reason_has_the_status_and_the_code_of_the_contract) {
  constexpr auto kReasons = static_cast<std::size_t>(Reason::balance_limit) + 1;
  std::set<Reason> seen;
  for (const Promise& promise : kPromises) {
    const ProblemKind kind = kind_of(promise.reason);
    BOOST_TEST(kind.status == promise.status, promise.code);
    BOOST_TEST(kind.code == promise.code);
    seen.insert(promise.reason);
  }
  BOOST_TEST(seen.size() == kReasons, "a reason is missing from this test");
}

BOOST_AUTO_TEST_CASE(a_problem_has_the_members_of_rfc_9457_and_ours) {
  const Response response = problem(Refusal(Reason::date_closed, "The date has begun."), "id-1");
  BOOST_TEST(response.status == 409);
  BOOST_TEST(response.content_type == "application/problem+json");
  const Json::Value body = body_of(response);
  BOOST_TEST(body["type"].asString() == "about:blank");
  BOOST_TEST(body["title"].asString() == "Date closed");
  BOOST_TEST(body["status"].asInt() == 409);
  BOOST_TEST(body["detail"].asString() == "The date has begun.");
  BOOST_TEST(body["code"].asString() == "DATE_CLOSED");
  BOOST_TEST(body["requestId"].asString() == "id-1");
  BOOST_TEST(body.size() == 6U);
}

BOOST_AUTO_TEST_CASE(
    a_problem_names_the_field_the_seats_the_payments_and_the_methods_where_it_has_any) {
  const auto field = body_of(problem(Refusal(Reason::field_invalid, "x").with_field("limit"), ""));
  BOOST_TEST(field["field"].asString() == "limit");
  const auto seats =
      body_of(problem(Refusal(Reason::seat_unavailable, "x")
                          .with_seats({{3, 0, SeatState::held}, {4, 0, SeatState::sold}}),
                      ""));
  BOOST_REQUIRE(seats["seats"].size() == 2U);
  BOOST_TEST(seats["seats"][0]["seatNumber"].asInt() == 3);
  BOOST_TEST(seats["seats"][0]["status"].asString() == "HELD");
  BOOST_TEST(seats["seats"][1]["status"].asString() == "SOLD");
  const auto payments =
      body_of(problem(Refusal(Reason::other_holds, "x").with_payments({{27}, {28}}), ""));
  BOOST_REQUIRE(payments["paymentIds"].size() == 2U);
  BOOST_TEST(payments["paymentIds"][1].asInt() == 28);
  const Response methods =
      problem(Refusal(Reason::method_not_allowed, "x").with_allow("GET, HEAD"), "");
  BOOST_TEST(header(methods, "Allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(a_failure_that_passes_says_when_to_retry) {
  const auto answer_to = [](const auto& error) { return problem(failure_of(error), "id"); };
  const Response busy = answer_to(Busy("x"));
  const Response away = answer_to(DatabaseUnavailable("x"));
  for (const Response& response : {busy, away}) {
    BOOST_TEST(response.status == 503);
    BOOST_TEST(header(response, "Retry-After") == "1");
    BOOST_TEST(body_of(response)["requestId"].asString() == "id");
  }
  BOOST_TEST(body_of(busy)["code"].asString() == "BUSY");
  BOOST_TEST(body_of(away)["code"].asString() == "DATABASE_UNAVAILABLE");
  const Response bug = answer_to(std::logic_error("x"));
  BOOST_TEST(bug.status == 500);
  BOOST_TEST(body_of(bug)["code"].asString() == "INTERNAL_ERROR");
}

BOOST_AUTO_TEST_CASE(every_reason_has_its_code_in_the_list_that_is_counted) {
  const std::vector<std::string> codes = problem_codes();
  const std::set<std::string> words(codes.begin(), codes.end());
  BOOST_TEST(words.size() == codes.size());
  for (const Promise& promise : kPromises) BOOST_TEST(words.count(promise.code) == 1U);
  BOOST_TEST(words.size() == std::size(kPromises) + 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
