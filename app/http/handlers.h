#pragma once

#include "http/app.h"
#include "http/request.h"
#include "http/response.h"

namespace concert {

// One function per endpoint; the routes name them. A handler reads the request, calls one use case
// and writes its answer; refusals and failures fly to the one catch in answer().

// handlers_queue.cc
Response post_token(App& app, const Request& request);
Response delete_token(App& app, const Request& request);
Response get_token_refresh(App& app, const Request& request);
Response get_queue(App& app, const Request& request);

// handlers_concerts.cc
Response get_concerts(App& app, const Request& request);
Response get_dates(App& app, const Request& request);
Response get_seats(App& app, const Request& request);

// handlers_reservations.cc
Response post_reservation(App& app, const Request& request);
Response get_reservation(App& app, const Request& request);
Response delete_reservation(App& app, const Request& request);
Response get_reservations(App& app, const Request& request);

// handlers_money.cc
Response get_balance(App& app, const Request& request);
Response get_ledger(App& app, const Request& request);
Response patch_charge(App& app, const Request& request);
Response post_payment(App& app, const Request& request);

// handlers_internal.cc
Response get_livez(App& app, const Request& request);
Response get_readyz(App& app, const Request& request);
Response get_metrics(App& app, const Request& request);

}  // namespace concert
