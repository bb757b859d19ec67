#include "service/sale/ticket_code.h"

#include <fmt/format.h>

#include "base/base64url.h"
#include "base/parse_number.h"

namespace concert {
namespace {

constexpr std::size_t kMostBytes = 1024;

std::string payload_of(const TicketClaims& claims) {
  return fmt::format(R"({{"v":1,"t":{},"d":{},"s":{}}})", claims.ticket.value, claims.date.value,
                     claims.seat);
}

// Takes `name` and the number behind it off the front of `text`; 0 where that is not how it begins.
template <class Number>
Number take(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return 0;
  text.remove_prefix(name.size());
  return take_number<Number>(text).value_or(0);
}

// Whatever is not written as payload_of() does is refused by a comparison with it.
std::optional<TicketClaims> read_payload(std::string_view payload) {
  std::string_view rest = payload;
  TicketClaims claims;
  claims.ticket.value = take<std::int64_t>(rest, R"({"v":1,"t":)");
  claims.date.value = take<std::int64_t>(rest, R"(,"d":)");
  claims.seat = take<SeatNumber>(rest, R"(,"s":)");
  if (payload != payload_of(claims)) return std::nullopt;
  return claims;
}

}  // namespace

std::string ticket_code(const TicketKey& key, const TicketClaims& claims) {
  const std::string text = base64url(payload_of(claims));
  return text + '.' + base64url(key.sign(text));
}

std::optional<TicketClaims> read_ticket_code(const TicketKey& key, std::string_view code) {
  const auto dot = code.find('.');
  if (dot == std::string_view::npos || code.size() > kMostBytes) return std::nullopt;
  const std::string_view text = code.substr(0, dot);
  const auto signature = from_base64url(code.substr(dot + 1));
  if (!signature || !key.has_signed(text, *signature)) return std::nullopt;
  const auto payload = from_base64url(text);
  return payload ? read_payload(*payload) : std::nullopt;
}

}  // namespace concert
