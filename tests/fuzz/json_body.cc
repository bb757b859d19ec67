// How a body becomes the values that a call takes: the body is the input.
#include <algorithm>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "domain/refusal.h"
#include "fuzz/json_grammar.h"
#include "fuzz/property.h"
#include "http/body.h"

namespace concert::fuzz {
namespace {

// What `read` gives; nothing if it refuses, which it may do only for `reason`.
template <class Read>
auto unless_refused(Reason reason, Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Refusal& refusal) {
    require(refusal.reason() == reason, "a refusal is the one that the contract has");
    require((reason == Reason::malformed_json) == refusal.field().empty(), "it names the field");
    return std::nullopt;
  }
}

// A whole number that was accepted stands in the body digit by digit: it was not 1.0, 1e3, "1" or
// one that a parser has cut.
bool is_written(const std::string& body, std::int64_t number) {
  const std::string digits = std::to_string(number);
  const auto is_part = [](char c) {
    return std::string_view("0123456789+-.eE\"").find(c) != std::string_view::npos;
  };
  for (auto at = body.find(digits); at != std::string::npos; at = body.find(digits, at + 1)) {
    const auto after = at + digits.size();
    if ((at == 0 || !is_part(body[at - 1])) && (after == body.size() || !is_part(body[after])))
      return true;
  }
  return false;
}

void require_fields(const Json::Value& object, const std::string& body) {
  if (const auto user =
          unless_refused(Reason::field_invalid, [&] { return parse_user_id(object); })) {
    require(UserId::parse(user->text()) == user, "a user's text is that user");
    require(object["userId"].asString().size() == user->text().size(), "a UUID is all of it");
  }
  if (const auto amount =
          unless_refused(Reason::amount_invalid, [&] { return parse_amount(object); })) {
    require(*amount >= 1 && *amount <= kMaxPoints, "an amount is in range");
    require(is_written(body, *amount), "an amount is written as it is");
  }
  if (const auto date =
          unless_refused(Reason::field_invalid, [&] { return parse_date_id(object); })) {
    require(date->value >= 1 && date->value <= kMaxId, "an id is in range");
    require(is_written(body, date->value), "an id is written as it is");
  }
}

void require_seats(const Json::Value& object, const std::string& body) {
  const auto seats = unless_refused(Reason::seat_invalid, [&] { return parse_seats(object); });
  if (!seats) return;
  require(!seats->empty(), "there is a seat");
  require(seats->front() >= 1 && seats->back() <= kMaxSeats, "seats are in range");
  require(std::adjacent_find(seats->begin(), seats->end(), std::greater_equal<>()) == seats->end(),
          "seats ascend, none twice");
  for (const SeatNumber seat : *seats)
    require(is_written(body, seat), "a seat is written as it is");
}

}  // namespace
}  // namespace concert::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace concert;
  Request request;
  request.content_type = "application/json";
  request.body = fuzz::text_of(data, size);
  const auto object =
      fuzz::unless_refused(Reason::malformed_json, [&] { return parse_object(request); });
  if (!object) return 0;
  fuzz::require(is_utf8(request.body), "what is accepted is UTF-8");
  fuzz::require(fuzz::is_json_object(request.body), "what is accepted is a JSON object");
  fuzz::require_fields(*object, request.body);
  fuzz::require_seats(*object, request.body);
  // What the service writes, it can read. An escape may stand for half of a surrogate pair: JSON,
  // though no text, and nothing that the service ever writes.
  request.body = json_text(*object);
  if (!is_utf8(request.body)) return 0;
  fuzz::require(fuzz::is_json_object(request.body), "what is written is a JSON object");
  fuzz::require(parse_object(request) == *object, "what is written is what was read");
  return 0;
}
