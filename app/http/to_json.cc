#include "http/to_json.h"

#include <algorithm>

#include "base/base64url.h"

namespace concert {
namespace {

Json::Value number(std::int64_t value) { return Json::Value(static_cast<Json::Int64>(value)); }

Json::Value time_or_null(const std::optional<Instant>& at) {
  return at ? Json::Value(at->rfc3339()) : Json::Value();
}

// Null where it is empty.
Json::Value text_or_null(const std::string& text) {
  return text.empty() ? Json::Value() : Json::Value(text);
}

Json::Value message_json(const std::optional<QueueMessage>& message) {
  if (!message) return {};
  Json::Value json(Json::objectValue);
  json["en"] = message->en;
  json["ko"] = message->ko;
  return json;
}

Json::Value stock_json(const std::optional<ShownStock>& stock) {
  if (!stock) return {};
  Json::Value json(Json::objectValue);
  json["available"] = number(stock->available);
  json["held"] = number(stock->held);
  json["outlook"] = std::string(to_text(stock->outlook));
  return json;
}

Json::Value numbers(const SeatNumbers& seats) {
  Json::Value list(Json::arrayValue);
  for (const SeatNumber seat : seats) list.append(seat);
  return list;
}

Json::Value seats_json(const Reservation& reservation) {
  Json::Value list(Json::arrayValue);
  for (std::size_t i = 0; i < reservation.seats.size(); ++i) {
    const SeatNumber seat = reservation.seats[i];
    const auto& [place, price] = reservation.as_held[i];
    Json::Value entry(Json::objectValue);
    entry["seatNumber"] = seat;
    entry["label"] = place.label;
    entry["section"] = text_or_null(place.section);
    entry["row"] = text_or_null(place.row);
    entry["category"] = text_or_null(place.category);
    entry["price"] = number(price);
    entry["refunded"] = reservation.state_of(seat) == ReservationState::refunded;
    list.append(std::move(entry));
  }
  return list;
}

}  // namespace

Json::Value to_json(const TokenAnswer& answer) {
  Json::Value json(Json::objectValue);
  json["token"] = answer.token;
  json["userId"] = answer.user.text();
  json["queueId"] = number(answer.queue.value);
  json["status"] = std::string(to_text(answer.state));
  json["position"] = answer.position ? number(*answer.position) : Json::Value();
  json["place"] = answer.place ? number(*answer.place) : Json::Value();
  json["estimatedWaitSeconds"] =
      answer.estimated_wait_s ? number(*answer.estimated_wait_s) : Json::Value();
  json["pollAfterSeconds"] = number(answer.poll_after_s);
  json["expiresAt"] = answer.expires_at.rfc3339();
  json["entry"] = answer.entry ? number(*answer.entry) : Json::Value();
  json["phase"] = std::string(to_text(answer.phase));
  json["opensAt"] = time_or_null(answer.opens_at);
  json["serverTime"] = answer.now.rfc3339();
  json["message"] = message_json(answer.message);
  json["stock"] = stock_json(answer.stock);
  return json;
}

Json::Value to_json(const RecordsAnswer& answer) {
  Json::Value json(Json::objectValue);
  json["token"] = answer.token;
  json["userId"] = answer.user.text();
  json["status"] = std::string(to_text(TokenState::records));
  for (const char* name : {"position", "place", "estimatedWaitSeconds", "pollAfterSeconds"})
    json[name] = Json::Value();
  json["expiresAt"] = answer.expires_at.rfc3339();
  return json;
}

Json::Value to_json(const QueueCounts& counts) {
  Json::Value json(Json::objectValue);
  json["active"] = number(counts.active);
  json["waiting"] = number(counts.waiting);
  json["admittedPerMinute"] = number(counts.admitted_per_minute);
  json["paused"] = counts.paused;
  return json;
}

static Json::Value draw_json(const std::optional<ShownDraw>& draw) {
  if (!draw) return {};
  Json::Value json(Json::objectValue);
  json["commitment"] = draw->commitment;
  json["entries"] = draw->entries ? number(*draw->entries) : Json::Value();
  json["publicValue"] = draw->public_value ? Json::Value(*draw->public_value) : Json::Value();
  json["seed"] = draw->seed ? Json::Value(*draw->seed) : Json::Value();
  return json;
}

Json::Value to_json(const ShownQueue& queue) {
  Json::Value json = to_json(queue.counts);
  json["queueId"] = number(queue.id.value);
  json["name"] = queue.name;
  const auto& times = queue.opening.times;
  json["phase"] = std::string(to_text(queue.opening.phase));
  json["registerFrom"] = times ? Json::Value(times->register_from.rfc3339()) : Json::Value();
  json["registerUntil"] = times ? Json::Value(times->register_until.rfc3339()) : Json::Value();
  json["opensAt"] = times ? Json::Value(times->opens_at.rfc3339()) : Json::Value();
  json["serverTime"] = queue.now.rfc3339();
  json["registered"] = number(queue.opening.registered);
  json["admittedPlace"] = queue.admitted_place ? number(*queue.admitted_place) : Json::Value();
  json["message"] = message_json(queue.message);
  json["stock"] = stock_json(queue.stock);
  json["draw"] = draw_json(queue.opening.draw);
  return json;
}

Json::Value currency_json(const Settings& settings) {
  Json::Value json(Json::objectValue);
  json["currency"] = settings.currency;
  json["currencyDecimals"] = number(settings.currency_decimals);
  return json;
}

Json::Value to_json(const Settings& settings) {
  Json::Value json = currency_json(settings);
  json["identity"] = settings.identity == IdentityMode::jwt ? "jwt" : "open";
  json["loginUrl"] = text_or_null(settings.login_url);
  json["charging"] = std::string(to_text(settings.charging));
  json["chargeUrl"] = text_or_null(settings.charge_url);
  for (const char* language : {"en", "ko"}) json["languages"].append(language);
  return json;
}

Json::Value to_json(const Concert& concert) {
  Json::Value json(Json::objectValue);
  json["concertId"] = number(concert.id.value);
  json["title"] = concert.title;
  json["venue"] = concert.venue;
  json["nextStartsAt"] = time_or_null(concert.next_starts_at);
  return json;
}

Json::Value to_json(const BookableDates& dates) {
  Json::Value json(Json::objectValue);
  json["concertId"] = number(dates.concert.value);
  json["title"] = dates.title;
  json["dates"] = Json::Value(Json::arrayValue);
  for (const ConcertDate& date : dates.dates) {
    Json::Value entry(Json::objectValue);
    entry["concertDateId"] = number(date.id.value);
    entry["startsAt"] = date.starts_at.rfc3339();
    entry["seatCount"] = date.seat_count;
    entry["venue"] = date.venue;
    entry["state"] = std::string(to_text(date.terms.state_at(dates.now)));
    entry["onSaleAt"] = time_or_null(date.terms.on_sale_at);
    entry["salesEndAt"] = date.terms.closes_at.rfc3339();
    json["dates"].append(entry);
  }
  return json;
}

Json::Value to_json(const SectionSale& sale) {
  const HallSection& section = sale.section;
  Json::Value json(Json::objectValue);
  json["section"] = section.name;
  json["category"] = text_or_null(section.category);
  json["price"] = number(section.price);
  json["seatCount"] = section.seat_count();
  json["availableCount"] = number(sale.available_seats);
  return json;
}

Json::Value to_json(const AnnouncedConcert& concert, Instant now) {
  Json::Value json(Json::objectValue);
  json["concertId"] = number(concert.id.value);
  json["title"] = concert.texts.title;
  json["venue"] = concert.texts.venue;
  json["description"] = text_or_null(concert.texts.description);
  json["imageUrl"] = text_or_null(concert.texts.image_url);
  json["timeZone"] = concert.texts.time_zone;
  json["queueId"] = number(concert.queue.value);
  json["dates"] = Json::Value(Json::arrayValue);
  for (const auto& [date, prices, is_sold_out] : concert.dates) {
    Json::Value entry(Json::objectValue);
    entry["concertDateId"] = number(date.id.value);
    entry["startsAt"] = date.starts_at.rfc3339();
    entry["venue"] = date.venue;
    entry["state"] = std::string(to_text(date.terms.state_at(now)));
    entry["onSaleAt"] = time_or_null(date.terms.on_sale_at);
    entry["salesEndAt"] = date.terms.closes_at.rfc3339();
    entry["prices"] = Json::Value(Json::arrayValue);
    for (const auto& [category, price] : prices) {
      Json::Value of_category(Json::objectValue);
      of_category["category"] = text_or_null(category);
      of_category["price"] = number(price);
      entry["prices"].append(of_category);
    }
    entry["soldOut"] = is_sold_out;
    json["dates"].append(entry);
  }
  return json;
}

Json::Value to_json(const ShownReservation& reservation) {
  Json::Value json(Json::objectValue);
  json["reservationId"] = number(reservation.id.value);
  json["paymentId"] = number(payment_of(reservation.id).value);
  json["status"] = std::string(to_text(reservation.state));
  json["concertId"] = number(reservation.of_date.concert.value);
  json["concertDateId"] = number(reservation.date.value);
  json["title"] = reservation.of_date.title;
  json["venue"] = reservation.of_date.venue;
  json["startsAt"] = reservation.of_date.starts_at.rfc3339();
  json["timeZone"] = reservation.of_date.time_zone;
  json["seatNumbers"] = numbers(reservation.seats);
  json["seats"] = seats_json(reservation);
  json["totalPrice"] = number(reservation.total);
  json["refundedAmount"] = number(reservation.refunded_amount);
  json["heldUntil"] = reservation.held_until.rfc3339();
  return json;
}

Json::Value to_json(const IssuedTicket& issued) {
  const Ticket& ticket = issued.ticket;
  Json::Value json(Json::objectValue);
  json["ticketId"] = number(ticket.id.value);
  json["seatNumber"] = ticket.seat;
  json["label"] = issued.place.label;
  json["section"] = text_or_null(issued.place.section);
  json["row"] = text_or_null(issued.place.row);
  json["status"] = std::string(to_text(ticket.state));
  json["code"] = issued.code;
  return json;
}

Json::Value to_json(const TicketKey& key) {
  Json::Value json(Json::objectValue);
  json["kty"] = "OKP";
  json["crv"] = "Ed25519";
  json["x"] = base64url(key.public_key());
  json["use"] = "sig";
  json["alg"] = "EdDSA";
  return json;
}

Json::Value to_json(const LedgerEntry& entry) {
  Json::Value json(Json::objectValue);
  json["entryId"] = number(entry.number.value);
  json["kind"] = std::string(to_text(entry.kind));
  json["amount"] = number(entry.amount);
  json["balanceAfter"] = number(entry.balance_after);
  json["at"] = entry.at.rfc3339();
  return json;
}

Json::Value to_json(const Payment& payment) {
  Json::Value json(Json::objectValue);
  json["paymentId"] = number(payment.id.value);
  json["reservationId"] = number(reservation_of(payment.id).value);
  json["status"] = "PAID";
  json["amount"] = number(payment.amount);
  json["seatNumbers"] = numbers(payment.seats);
  json["balance"] = number(payment.balance_after);
  json["paidAt"] = payment.paid_at.rfc3339();
  return json;
}

Json::Value to_json(const std::vector<Payment>& payments) {
  Json::Value json(Json::objectValue);
  json["payments"] = Json::Value(Json::arrayValue);
  Points amount = 0;
  for (const Payment& payment : payments) {
    json["payments"].append(to_json(payment));
    amount += payment.amount;
  }
  const auto last = std::max_element(payments.begin(), payments.end(),
                                     [](auto& a, auto& b) { return a.entry < b.entry; });
  json["amount"] = number(amount);
  json["balance"] = number(last->balance_after);
  json["paidAt"] = last->paid_at.rfc3339();
  return json;
}

}  // namespace concert
