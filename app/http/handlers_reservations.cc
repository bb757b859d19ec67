#include "base/encoding.h"
#include "http/body.h"
#include "http/handler_support.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {
namespace {

HoldRequest parse_hold(const Request& request) {
  const Json::Value object = parse_object(request);
  auto key = parse_idempotency_key(request, IdempotentRoute::reservation);
  const DateId date = parse_date_id(object);
  SeatNumbers seats = parse_seats(object);
  const char* const field = object.isMember("seatNumber") ? "seatNumber" : "seatNumbers";
  return {date, std::move(seats), std::move(key), field};
}

}  // namespace

Response post_reservation(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const HoldRequest hold = read_form(app, claims, [&] { return parse_hold(request); });
  auto answer = app.reservations.hold(claims, hold,
                                      [](const Reservation& r) { return json_text(to_json(r)); });
  return json(std::move(answer));
}

Response get_reservation(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const ReservationId id{read_own_form(app, claims, [&] { return path_id(request, 0); })};
  return json(200, to_json(app.reservations.show(claims, id)));
}

Response delete_reservation(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const ReservationId id{read_form(app, claims, [&] { return path_id(request, 0); })};
  app.reservations.release(claims, id);
  return no_content();
}

Response get_reservations(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const PageRequest page = read_own_form(app, claims, [&] {
    require_own_path(claims, request, 0);
    return parse_page(request);
  });
  const auto before = page.after ? std::optional(ReservationId{*page.after}) : std::nullopt;
  const auto found = app.reservations.list(claims, before, page.limit + 1);
  return json(200, page_json("reservations", found, page.limit,
                             [](const Reservation& r) { return r.id.value; }));
}

}  // namespace concert
