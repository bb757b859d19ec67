#include <chrono>

#include "base/encoding.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {
namespace {

// Whether the client asks for available seats only. Refuses: field_invalid.
bool parse_only_available(const Request& request) {
  const auto values = request.query("status");
  if (values.empty()) return false;
  if (values.size() == 1 && values.front() == "AVAILABLE") return true;
  throw Refusal(Reason::field_invalid, "status can only be AVAILABLE.").with_field("status");
}

// Written by hand: a list of seats is the longest answer and among the most asked for.
std::string seats_text(DateId date, const DateSeats& seats, bool only_available) {
  const SaleState state = seats.terms.state_at(seats.now);
  std::string text = "{\"concertId\":" + std::to_string(seats.concert.value) +
                     ",\"concertDateId\":" + std::to_string(date.value) + ",\"startsAt\":\"" +
                     seats.terms.starts_at.rfc3339() + "\",\"state\":\"";
  text += to_text(state);
  text += state == SaleState::on_sale ? "\",\"bookable\":true" : "\",\"bookable\":false";
  text += ",\"seats\":[";
  std::size_t available = 0;
  for (const Seat& seat : seats.seats) {
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

// Until when, in steady_ms(), the request may wait for other processes. Its wait for a worker
// counts, and its wait for the requests of its round that were answered before it.
std::int64_t wait_until_ms(const Request& request) {
  const auto taken_at =
      std::chrono::duration_cast<std::chrono::milliseconds>(request.taken_at.time_since_epoch());
  return taken_at.count() - request.waited_ms + Catalogue::kLongestWait_ms;
}

}  // namespace

PageRequest read_page(const Call& call) { return parse_page(call.request); }

ConcertId read_concert(const Call& call) { return ConcertId{call.path_id(0)}; }

SeatsForm read_seats_form(const Call& call) {
  return {ConcertId{call.path_id(0)}, DateId{call.path_id(1)}, parse_only_available(call.request)};
}

Response get_concerts(App& app, const Call& call, const PageRequest& page) {
  const auto concerts =
      app.catalogue.concerts(call.claims(), ConcertId{page.after.value_or(0)}, page.limit + 1);
  return revalidated(call.request,
                     json(200, page_json("concerts", concerts, page.limit,
                                         [](const Concert& c) { return c.id.value; })));
}

Response get_dates(App& app, const Call& call, ConcertId concert) {
  auto result = app.catalogue.dates(
      call.claims(), concert, [](const BookableDates& dates) { return json_text(to_json(dates)); },
      wait_until_ms(call.request));
  return revalidated(call.request, json(200, std::move(result.text)))
      .with("X-Cache", result.hit ? "HIT" : "MISS");
}

Response get_seats(App& app, const Call& call, const SeatsForm& form) {
  const auto seats = app.catalogue.seats(call.claims(), form.concert, form.date);
  return revalidated(call.request, json(200, seats_text(form.date, seats, form.only_available)));
}

}  // namespace concert
