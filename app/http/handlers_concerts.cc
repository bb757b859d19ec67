#include <chrono>

#include "base/encoding.h"
#include "base/written_text.h"
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

// The section whose seats the client asks for. Refuses: field_invalid.
std::optional<std::string> parse_section(const Request& request) {
  const auto section = parse_parameter(request, "section");
  if (!section) return std::nullopt;
  if (!is_utf8(*section))
    throw Refusal(Reason::field_invalid, "section is not UTF-8.").with_field("section");
  return tidied(*section);
}

// Writes the places of seats that are given in ascending order.
class PlaceWriter {
 public:
  explicit PlaceWriter(const Layout& layout) {
    for (const HallSection& section : layout) {
      const std::string category = quoted_or_null(section.category);
      for (const HallRow& row : section.rows) {
        rows_.push_back({row.first_seat, row.last_seat, row.first_label,
                         ",\"label\":" + without_quote(json_text(row.name)) + "-",
                         "\",\"section\":" + json_text(section.name) +
                             ",\"row\":" + json_text(row.name) + ",\"category\":" + category});
      }
    }
  }

  void add(SeatNumber seat, std::string& text) {
    while (next_ < rows_.size() && rows_[next_].last_seat < seat) ++next_;
    if (next_ == rows_.size()) {
      text += ",\"label\":\"" + std::to_string(seat) +
              "\",\"section\":null,\"row\":null,\"category\":null";
      return;
    }
    const RowText& row = rows_[next_];
    text += row.before_label;
    text += std::to_string(row.first_label + (seat - row.first_seat));
    text += row.behind_label;
  }

 private:
  struct RowText {
    SeatNumber first_seat;
    SeatNumber last_seat;
    std::int32_t first_label;
    std::string before_label;
    std::string behind_label;
  };
  static std::string quoted_or_null(const std::string& text) {
    return text.empty() ? "null" : json_text(text);
  }
  static std::string without_quote(std::string text) {
    text.pop_back();
    return text;
  }

  std::vector<RowText> rows_;
  std::size_t next_ = 0;
};

// Written by hand: a list of seats is the longest answer and among the most asked for.
std::string seats_text(DateId date, const DateSeats& seats, bool only_available) {
  const SaleState state = seats.terms.state_at(seats.now);
  PlaceWriter places(seats.layout);
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
    places.add(seat.number, text);
    text += ",\"price\":";
    text += std::to_string(seat.price);
    text += ",\"status\":\"";
    text += to_text(seat.state);
    text += seat.is_accessible ? "\",\"accessible\":true}" : "\",\"accessible\":false}";
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
  return {ConcertId{call.path_id(0)}, DateId{call.path_id(1)}, parse_only_available(call.request),
          parse_section(call.request)};
}

DateForm read_date(const Call& call) {
  return {ConcertId{call.path_id(0)}, DateId{call.path_id(1)}};
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
  const auto seats = app.catalogue.seats(call.claims(), form.concert, form.date, form.section);
  return revalidated(call.request, json(200, seats_text(form.date, seats, form.only_available)));
}

Response get_sections(App& app, const Call& call, const DateForm& form) {
  Json::Value body(Json::objectValue);
  body["sections"] = Json::Value(Json::arrayValue);
  for (const SectionSale& sale : app.catalogue.sections(call.claims(), form.concert, form.date))
    body["sections"].append(to_json(sale));
  return revalidated(call.request, json(200, body));
}

}  // namespace concert
