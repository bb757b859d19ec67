#pragma once

#include <json/json.h>

#include <optional>

#include "domain/best_available.h"
#include "domain/idempotency.h"
#include "domain/ids.h"
#include "domain/points.h"
#include "domain/seat.h"
#include "domain/user_id.h"
#include "http/request.h"

namespace concert {

// Reads bodies, headers and query parameters, each checked completely: what these functions return
// is within its bounds.

// The request's JSON object. Refuses: media_type, malformed_json.
Json::Value parse_object(const Request& request);

// Refuses: field_invalid.
UserId parse_user_id(const Json::Value& object);

// `recordsOnly`; false where it is absent. Refuses: field_invalid.
bool parse_records_only(const Json::Value& object);

// `concertId`, from 1 to kMaxId; nothing if the field is absent. Refuses: field_invalid.
std::optional<ConcertId> parse_concert_id(const Json::Value& object);

// From 1 to kMaxPoints. Refuses: amount_invalid.
Points parse_amount(const Json::Value& object);

// The text of `voucher`; nothing if the field is absent. Refuses: field_invalid.
std::optional<std::string> parse_voucher(const Json::Value& object);

// From 1 to kMaxId. Refuses: field_invalid.
DateId parse_date_id(const Json::Value& object);

// `paymentIds`, from one to kMostPaidTogether, in ascending order. Refuses: field_invalid.
std::vector<PaymentId> parse_payment_ids(const Json::Value& object);

// `seatNumbers` or `seatNumber`, in ascending order. Refuses: seat_invalid.
SeatNumbers parse_seats(const Json::Value& object);

// `bestAvailable`, in place of seats; nothing if the field is absent. Refuses: field_invalid.
std::optional<SeatWish> parse_seat_wish(const Json::Value& object);

// Nothing if the header is absent. Refuses: idempotency_key_invalid.
std::optional<IdempotencyKey> parse_idempotency_key(const Request& request, IdempotentRoute route);

// A whole number from 1 to kMaxExactInteger in plain decimal digits; nothing for any other text.
std::optional<std::int64_t> parse_positive(std::string_view text);

// The value of a query parameter, which is given once; nothing if it is absent. Refuses:
// field_invalid.
std::optional<std::string> parse_parameter(const Request& request, const char* name);

// `limit` of a list: from 1 to 100, 20 where it is absent. Refuses: field_invalid.
std::int64_t parse_limit(const Request& request);

// Refuses a page that is none for the parameter `name`.
[[noreturn]] void refuse_page(const char* name);

// `limit` and `after` of a list. Refuses: field_invalid.
struct PageRequest {
  std::int64_t limit = 20;
  std::optional<std::int64_t> after;
};
PageRequest parse_page(const Request& request);

}  // namespace concert
