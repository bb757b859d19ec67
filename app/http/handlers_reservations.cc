#include "base/encoding.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {

HoldRequest read_hold(const Call& call) {
  const Json::Value object = parse_object(call.request);
  auto key = parse_idempotency_key(call.request, IdempotentRoute::reservation);
  const DateId date = parse_date_id(object);
  if (auto wish = parse_seat_wish(object)) return {date, {}, std::move(key), "", std::move(wish)};
  SeatNumbers seats = parse_seats(object);
  const char* const field = object.isMember("seatNumber") ? "seatNumber" : "seatNumbers";
  return {date, std::move(seats), std::move(key), field};
}

ReservationId read_reservation(const Call& call) { return ReservationId{call.path_id(0)}; }

Response post_reservation(App& app, const Call& call, const HoldRequest& hold) {
  auto answer = app.reservations.hold(
      call.claims(), hold, [](const ShownReservation& r) { return json_text(to_json(r)); });
  return json(std::move(answer));
}

Response post_extension(App& app, const Call& call, ReservationId id) {
  return json(200, to_json(app.reservations.extend(call.claims(), id)));
}

Response get_reservation(App& app, const Call& call, ReservationId id) {
  return json(200, to_json(app.reservations.show(call.claims(), id)));
}

Response delete_reservation(App& app, const Call& call, ReservationId id) {
  app.reservations.release(call.claims(), id);
  return no_content();
}

Response get_reservations(App& app, const Call& call, const PageRequest& page) {
  const auto before = page.after ? std::optional(ReservationId{*page.after}) : std::nullopt;
  const auto found = app.reservations.list(call.claims(), before, page.limit + 1);
  return json(200, page_json("reservations", found, page.limit,
                             [](const Reservation& r) { return r.id.value; }));
}

Response get_tickets(App& app, const Call& call, ReservationId id) {
  Json::Value body(Json::objectValue);
  body["tickets"] = Json::Value(Json::arrayValue);
  for (const IssuedTicket& ticket : app.tickets.list(call.claims(), id))
    body["tickets"].append(to_json(ticket));
  return json(200, body);
}

Response get_ticket_key(App& app, const Call& call) {
  return revalidated(call.request, json(200, to_json(app.tickets.key())));
}

}  // namespace concert
