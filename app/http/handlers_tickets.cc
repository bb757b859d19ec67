#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {

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
