#pragma once

#include <string>

#include "domain/idempotency.h"
#include "http/body.h"
#include "http/routes.h"
#include "service/points/balances.h"
#include "service/sale/announcements.h"
#include "service/sale/reservations.h"

namespace concert {

// The endpoints, as the route table names them: one function reads the form of a request, another
// runs the use case and writes the answer. Refusals and failures fly to the one catch in answer().

// handlers_queue.cc
struct TokenForm {
  UserId user;
  bool records_only = false;
  std::optional<ConcertId> concert{};  // whose queue to join; nothing: the main one
};
TokenForm read_token_form(const Call& call);
Response post_token(App& app, const Call& call, const TokenForm& form);
Response delete_token(App& app, const Call& call);
Response get_token_refresh(App& app, const Call& call);
Response get_queue(App& app, const Call& call);
QueueId read_queue(const Call& call);
Response get_one_queue(App& app, const Call& call, QueueId queue);

// handlers_catalogue.cc
struct CatalogueForm {
  std::int64_t limit = 0;
  std::optional<CataloguePlace> after;
  std::optional<std::string> text;
};
CatalogueForm read_catalogue_form(const Call& call);
Response get_site(App& app, const Call& call);
Response get_catalogue(App& app, const Call& call, const CatalogueForm& form);
Response get_announced_concert(App& app, const Call& call, ConcertId concert);

// handlers_concerts.cc
struct SeatsForm {
  ConcertId concert;
  DateId date;
  bool only_available = false;
  std::optional<std::string> section;
};
struct DateForm {
  ConcertId concert;
  DateId date;
};
PageRequest read_page(const Call& call);
ConcertId read_concert(const Call& call);
SeatsForm read_seats_form(const Call& call);
DateForm read_date(const Call& call);
Response get_concerts(App& app, const Call& call, const PageRequest& page);
Response get_dates(App& app, const Call& call, ConcertId concert);
Response get_seats(App& app, const Call& call, const SeatsForm& form);
Response get_sections(App& app, const Call& call, const DateForm& form);

// handlers_reservations.cc
HoldRequest read_hold(const Call& call);
ReservationId read_reservation(const Call& call);
Response post_reservation(App& app, const Call& call, const HoldRequest& hold);
Response post_extension(App& app, const Call& call, ReservationId id);
Response get_reservation(App& app, const Call& call, ReservationId id);
Response delete_reservation(App& app, const Call& call, ReservationId id);
Response get_reservations(App& app, const Call& call, const PageRequest& page);
Response get_tickets(App& app, const Call& call, ReservationId id);
Response get_ticket_key(App& app, const Call& call);

// handlers_money.cc
UserId read_own_user(const Call& call);
PageRequest read_own_page(const Call& call);
ChargeRequest read_charge(const Call& call);
PaymentId read_payment(const Call& call);
std::vector<PaymentId> read_payments(const Call& call);
Response get_balance(App& app, const Call& call, const UserId& user);
Response get_ledger(App& app, const Call& call, const PageRequest& page);
Response patch_charge(App& app, const Call& call, const ChargeRequest& charge);
Response post_payment(App& app, const Call& call, PaymentId id);
Response post_payments(App& app, const Call& call, const std::vector<PaymentId>& ids);

// handlers_internal.cc
Response get_livez(App& app, const Call& call);
Response get_readyz(App& app, const Call& call);
Response get_metrics(App& app, const Call& call);

}  // namespace concert
