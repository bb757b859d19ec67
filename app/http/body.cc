#include "http/body.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/encoding.h"
#include "base/parse_number.h"
#include "domain/refusal.h"
#include "domain/reservation.h"

namespace concert {
namespace {

// Takes the digits that `text` begins with; whether there was one.
bool take_digits(std::string_view& text) {
  const std::size_t before = text.size();
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
  return text.size() < before;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_number(std::string_view text) {
  take_one_of(text, "-");
  if (!take_one_of(text, "0") && !take_digits(text)) return false;
  if (take_one_of(text, ".") && !take_digits(text)) return false;
  if (take_one_of(text, "eE")) {
    take_one_of(text, "+-");
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

// Whether `text` has a form that jsoncpp accepts although it is not JSON. Its strict mode is not
// enough: it accepts a number like 007, +1 or 5., a bare control character within a string, a comma
// before the end of an object whose last key is empty, and anything after a NUL, which it takes as
// the end. (It accepts invalid UTF-8 as well: is_utf8() refuses that.)
bool has_lenient_forms(std::string_view text) {
  bool in_string = false;
  char before = '\0';  // the last that is no white space
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (static_cast<unsigned char>(c) < 0x20U) return true;
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '\0' || c == '/' || (c == '}' && before == ',')) {
      return true;
    } else if (std::string_view("+-.0123456789").find(c) != std::string_view::npos) {
      const std::size_t end = text.find_first_not_of("+-.0123456789eE", i);
      const std::string_view number = text.substr(i, end == std::string_view::npos ? end : end - i);
      if (!is_number(number)) return true;
      i += number.size() - 1;
    }
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) before = c;
  }
  return false;
}

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  return is_word(content_type.substr(0, content_type.find(';')), kJson);
}

bool is_plain(std::string_view content_encoding) {
  return content_encoding.empty() || is_word(content_encoding, "identity");
}

[[noreturn]] void refuse_json() {
  throw Refusal(
      Reason::malformed_json,
      "The body is not a JSON object in UTF-8 with each key once, nested less than 64 deep.");
}

[[noreturn]] void refuse_seats(const std::string& detail, const char* field = "seatNumbers") {
  throw Refusal(Reason::seat_invalid, detail).with_field(field);
}

[[noreturn]] void refuse_field(const char* field, const std::string& detail) {
  throw Refusal(Reason::field_invalid, detail).with_field(field);
}

// The text of a member; nothing if it is absent. Refuses: field_invalid.
std::optional<std::string> parse_name(const Json::Value& object, const char* name) {
  if (!object.isMember(name)) return std::nullopt;
  if (!object[name].isString()) refuse_field(name, fmt::format("{} is a text.", name));
  return object[name].asString();
}

[[noreturn]] void refuse_payments() {
  refuse_field("paymentIds", fmt::format("paymentIds is a list of 1 to {} payments, each once.",
                                         kMostPaidTogether));
}

SeatNumber parse_seat(const Json::Value& value, const char* field) {
  const auto number = json_integer(value);
  if (!number || *number < 1 || *number > kMaxSeats)
    refuse_seats(fmt::format("A seat is a whole number from 1 to {}.", kMaxSeats), field);
  return static_cast<SeatNumber>(*number);
}

// Refuses: field_invalid.
std::int64_t parse_id(const Json::Value& object, const char* name) {
  const auto id = json_integer(object[name]);
  if (id && *id >= 1 && *id <= kMaxId) return *id;
  throw Refusal(Reason::field_invalid,
                fmt::format("{} is a whole number from 1 to 9007199254740991.", name))
      .with_field(name);
}

}  // namespace

Json::Value parse_object(const Request& request) {
  if (!is_json(request.content_type)) {
    throw Refusal(Reason::media_type, "Send the body with Content-Type: application/json.");
  }
  if (!is_plain(request.content_encoding)) {
    throw Refusal(Reason::media_type, "Send the body uncompressed, without a Content-Encoding.");
  }
  static const std::unique_ptr<Json::CharReader> reader = [] {
    Json::CharReaderBuilder builder;
    Json::CharReaderBuilder::strictMode(&builder.settings_);
    builder["stackLimit"] = 64;
    builder["skipBom"] = false;
    return std::unique_ptr<Json::CharReader>(builder.newCharReader());
  }();
  if (!is_utf8(request.body) || has_lenient_forms(request.body)) refuse_json();
  Json::Value object;
  std::string errors;
  try {
    const char* const begin = request.body.data();
    if (!reader->parse(begin, begin + request.body.size(), &object, &errors)) refuse_json();
  } catch (const Json::Exception&) {
    refuse_json();  // nested too deep
  }
  if (!object.isObject()) refuse_json();
  return object;
}

UserId parse_user_id(const Json::Value& object) {
  const Json::Value& value = object["userId"];
  const auto user = value.isString() ? UserId::parse(value.asString()) : std::nullopt;
  if (!user) throw Refusal(Reason::field_invalid, "userId is a UUID.").with_field("userId");
  return *user;
}

bool parse_records_only(const Json::Value& object) {
  const Json::Value& value = object["recordsOnly"];
  if (value.isNull() && !object.isMember("recordsOnly")) return false;
  if (!value.isBool())
    throw Refusal(Reason::field_invalid, "recordsOnly is true or false.").with_field("recordsOnly");
  return value.asBool();
}

Points parse_amount(const Json::Value& object) {
  const auto amount = json_integer(object["amount"]);
  if (!amount || *amount < 1 || *amount > kMaxPoints) {
    throw Refusal(Reason::amount_invalid,
                  "amount is a whole number of points from 1 to 9007199254740991.")
        .with_field("amount");
  }
  return *amount;
}

std::optional<std::string> parse_voucher(const Json::Value& object) {
  if (!object.isMember("voucher")) return std::nullopt;
  const Json::Value& value = object["voucher"];
  if (!value.isString()) {
    throw Refusal(Reason::field_invalid, "voucher is a text: the JWT of the payment service.")
        .with_field("voucher");
  }
  return value.asString();
}

DateId parse_date_id(const Json::Value& object) {
  return DateId{parse_id(object, "concertDateId")};
}

std::optional<ConcertId> parse_concert_id(const Json::Value& object) {
  if (!object.isMember("concertId")) return std::nullopt;
  return ConcertId{parse_id(object, "concertId")};
}

std::vector<PaymentId> parse_payment_ids(const Json::Value& object) {
  const Json::Value& list = object["paymentIds"];
  if (!list.isArray() || list.empty() || list.size() > kMostPaidTogether) refuse_payments();
  std::vector<PaymentId> ids;
  for (const Json::Value& value : list) {
    const auto id = json_integer(value);
    if (!id || *id < 1 || *id > kMaxId) refuse_payments();
    ids.push_back(PaymentId{*id});
  }
  std::sort(ids.begin(), ids.end());
  if (std::adjacent_find(ids.begin(), ids.end()) != ids.end()) refuse_payments();
  return ids;
}

SeatNumbers parse_seats(const Json::Value& object) {
  const bool one = object.isMember("seatNumber");
  const bool many = object.isMember("seatNumbers");
  if (one == many) refuse_seats("Give either seatNumbers or seatNumber.");
  if (one) return {parse_seat(object["seatNumber"], "seatNumber")};
  const Json::Value& list = object["seatNumbers"];
  if (!list.isArray() || list.empty() || list.size() > kMaxHeldSeats)
    refuse_seats(fmt::format("seatNumbers is a list of 1 to {} seats.", kMaxHeldSeats));
  SeatNumbers seats;
  for (const Json::Value& value : list) seats.push_back(parse_seat(value, "seatNumbers"));
  std::sort(seats.begin(), seats.end());
  if (std::adjacent_find(seats.begin(), seats.end()) != seats.end())
    refuse_seats("Give each seat once.");
  return seats;
}

std::optional<SeatWish> parse_seat_wish(const Json::Value& object) {
  if (!object.isMember("bestAvailable")) return std::nullopt;
  const Json::Value& value = object["bestAvailable"];
  if (!value.isObject() || object.isMember("seatNumber") || object.isMember("seatNumbers"))
    refuse_field("bestAvailable", "bestAvailable is an object, without seatNumbers or seatNumber.");
  SeatWish wish;
  const auto count = json_integer(value["count"]);
  if (!count || *count < 1 || *count > kMaxHeldSeats)
    refuse_field("count", fmt::format("count is a whole number from 1 to {}.", kMaxHeldSeats));
  wish.terms.count = static_cast<SeatNumber>(*count);
  const Json::Value& accessible = value["accessible"];
  if (value.isMember("accessible") && !accessible.isBool())
    refuse_field("accessible", "accessible is true or false.");
  wish.terms.wants_accessible = accessible.isBool() && accessible.asBool();
  wish.section = parse_name(value, "section");
  wish.category = parse_name(value, "category");
  return wish;
}

std::optional<IdempotencyKey> parse_idempotency_key(const Request& request, IdempotentRoute route) {
  if (!request.idempotency_key) return std::nullopt;
  constexpr std::size_t kLongest = 255;
  const std::string& text = *request.idempotency_key;
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (text.empty() || text.size() > kLongest || !printable) {
    throw Refusal(Reason::idempotency_key_invalid,
                  "An Idempotency-Key is 1 to 255 printable ASCII characters.");
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(request.body.data()), request.body.size(),
         digest.data());
  return IdempotencyKey{route, text, std::string(digest.begin(), digest.end())};
}

std::optional<std::int64_t> parse_positive(std::string_view text) {
  if (text.starts_with('0')) return std::nullopt;
  return parse_number<std::int64_t>(text, 1, kMaxExactInteger);
}

std::optional<std::string> parse_parameter(const Request& request, const char* name) {
  auto values = request.query(name);
  if (values.empty()) return std::nullopt;
  if (values.size() > 1)
    throw Refusal(Reason::field_invalid, fmt::format("Give {} once.", name)).with_field(name);
  return std::move(values.front());
}

void refuse_page(const char* name) {
  throw Refusal(Reason::field_invalid,
                "limit is from 1 to 100; after is the `next` of the previous page.")
      .with_field(name);
}

std::int64_t parse_limit(const Request& request) {
  constexpr std::int64_t kMostPerPage = 100;
  const auto text = parse_parameter(request, "limit");
  if (!text) return PageRequest{}.limit;
  const auto limit = parse_positive(*text);
  if (!limit || *limit > kMostPerPage) refuse_page("limit");
  return *limit;
}

PageRequest parse_page(const Request& request) {
  PageRequest page{parse_limit(request), std::nullopt};
  const auto text = parse_parameter(request, "after");
  if (!text) return page;
  page.after = parse_positive(*text);
  if (!page.after || *page.after > kMaxId) refuse_page("after");
  return page;
}

}  // namespace concert
