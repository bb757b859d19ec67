#include <algorithm>
#include <chrono>

#include "base/encoding.h"
#include "http/body.h"
#include "http/etag.h"
#include "http/handler_support.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {
namespace {

// Whether only available seats are asked for. Refuses: field_invalid.
bool parse_only_available(const Request& request) {
  const auto values = request.query("status");
  if (values.empty()) return false;
  if (values.size() == 1 && values.front() == "AVAILABLE") return true;
  throw Refusal(Reason::field_invalid, "status can only be AVAILABLE.").with_field("status");
}

// Written by hand: a list of seats is the longest answer and among the most asked for.
std::string seats_text(ConcertId concert, DateId date, const std::vector<Seat>& seats,
                       bool only_available) {
  std::string text = "{\"concertId\":" + std::to_string(concert.value) +
                     ",\"concertDateId\":" + std::to_string(date.value) + ",\"seats\":[";
  std::size_t available = 0;
  for (const Seat& seat : seats) {
    const bool is_available = seat.state == SeatState::available;
    available += is_available ? 1 : 0;
    if (only_available && !is_available) continue;
    if (text.back() == '}') text += ',';
    text += "{\"seatNumber\":";
    text += std::to_string(seat.number);
    text += ",\"price\":";
    text += std::to_string(seat.price);
    text += ",\"status\":\"";
    text += to_text(seat.state);
    text += "\"}";
  }
  return text + "],\"availableCount\":" + std::to_string(available) + "}";
}

// Until when the request may wait for other processes, in steady_ms(): the wait for its worker, and
// for those of its round that were answered before it, counts.
std::int64_t wait_until_ms(const Request& request) {
  const auto taken_at =
      std::chrono::duration_cast<std::chrono::milliseconds>(request.taken_at.time_since_epoch());
  return taken_at.count() - request.waited_ms + Catalogue::kLongestWait_ms;
}

}  // namespace

Response get_concerts(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const PageRequest page = read_form(app, claims, [&] { return parse_page(request); });
  const auto concerts =
      app.catalogue.concerts(claims, ConcertId{page.after.value_or(0)}, page.limit + 1);
  return revalidated(request, json(200, page_json("concerts", concerts, page.limit,
                                                  [](const Concert& c) { return c.id.value; })));
}

Response get_dates(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const ConcertId concert{read_form(app, claims, [&] { return path_id(request, 0); })};
  auto result = app.catalogue.dates(
      claims, concert, [](const BookableDates& dates) { return json_text(to_json(dates)); },
      wait_until_ms(request));
  return revalidated(request, json(200, std::move(result.text)))
      .with("X-Cache", result.hit ? "HIT" : "MISS");
}

Response get_seats(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const auto [concert, date, only_available] = read_form(app, claims, [&] {
    return std::tuple(ConcertId{path_id(request, 0)}, DateId{path_id(request, 1)},
                      parse_only_available(request));
  });
  const auto seats = app.catalogue.seats(claims, concert, date);
  return revalidated(request, json(200, seats_text(concert, date, seats, only_available)));
}

}  // namespace concert
