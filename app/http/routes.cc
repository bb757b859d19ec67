#include "http/routes.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

#include "base/encoding.h"
#include "base/log.h"
#include "base/steady_clock.h"
#include "http/handlers.h"
#include "http/prefetch.h"
#include "store/session/failure.h"

namespace concert {
namespace {

// The access of the call's route as the settings have it.
Access access_of(const App& app, const Call& call) {
  const Access access = call.route->access;
  if (access != Access::charge) return access;
  const bool is_open = app.backend.settings.charging == ChargingMode::open;
  return is_open ? Access::write : Access::own_write;
}

// Refuses a token that does not have the access of the route.
void require_access(App& app, const Call& call) {
  switch (access_of(app, call)) {
    case Access::open:
    case Access::login:
    case Access::token:
    case Access::queue_token:
    case Access::operators: return;
    case Access::active:
    case Access::charge:  // see access_of()
    case Access::write: app.guard.require_active(call.claims()); return;
    case Access::own_records:
    case Access::own_write: app.guard.require_own_records(call.claims()); return;
  }
}

bool admits_token_for_records(Access access) {
  return access == Access::token || access == Access::own_records || access == Access::own_write;
}

// A handler with a form. A use case checks the token's state in the round trip or transaction of
// its work, so the check costs nothing of its own. A form that is refused keeps the use case from
// running: then the token is checked here, because a problem of the token is told before one of the
// form.
template <auto read_form, auto handler>
Response with_form(App& app, const Call& call) {
  const auto form = [&] {
    try {
      return read_form(call);
    } catch (const Refusal&) {
      require_access(app, call);
      throw;
    }
  }();
  return handler(app, call, form);
}

// The whole surface: method, path, access, form and handler, prefetch.
constexpr std::array kRoutes = [] {
  using enum Access;
  return std::array{
      Route{"POST", "/token", login, with_form<read_token_form, post_token>},
      Route{"DELETE", "/token", token, delete_token},
      Route{"POST", "/client/token", login, with_form<read_token_form, post_token>},
      Route{"GET", "/token/refresh", queue_token, get_token_refresh, prefetch_poll},
      Route{"GET", "/queue", open, get_queue},
      Route{"GET", "/queues/{queueId}", open, with_form<read_queue, get_one_queue>},
      Route{"GET", "/site", open, get_site},
      Route{"GET", "/catalogue", open, with_form<read_catalogue_form, get_catalogue>},
      Route{"GET", "/catalogue/{concertId}", open, with_form<read_concert, get_announced_concert>},
      Route{"GET", "/concerts", active, with_form<read_page, get_concerts>, prefetch_token},
      Route{"GET", "/concerts/{concertId}/dates", active, with_form<read_concert, get_dates>,
            prefetch_dates},
      Route{"GET", "/concerts/{concertId}/dates/{concertDateId}/seats", active,
            with_form<read_seats_form, get_seats>, prefetch_seats},
      Route{"GET", "/concerts/{concertId}/dates/{concertDateId}/sections", active,
            with_form<read_date, get_sections>, prefetch_token},
      Route{"POST", "/reservation", write, with_form<read_hold, post_reservation>},
      Route{"GET", "/reservation/{reservationId}", own_records,
            with_form<read_reservation, get_reservation>},
      Route{"DELETE", "/reservation/{reservationId}", own_write,
            with_form<read_reservation, delete_reservation>},
      Route{"POST", "/reservation/{reservationId}/extend", write,
            with_form<read_reservation, post_extension>},
      Route{"GET", "/reservation/{reservationId}/tickets", own_records,
            with_form<read_reservation, get_tickets>},
      Route{"GET", "/tickets/key", open, get_ticket_key},
      Route{"GET", "/client/{clientId}/reservations", own_records,
            with_form<read_own_page, get_reservations>},
      Route{"GET", "/client/{clientId}/balance", own_records, with_form<read_own_user, get_balance>,
            prefetch_balance},
      Route{"GET", "/client/{clientId}/ledger", own_records, with_form<read_own_page, get_ledger>},
      Route{"PATCH", "/user/{userId}/charge", charge, with_form<read_charge, patch_charge>},
      Route{"POST", "/payment/{paymentId}", own_write, with_form<read_payment, post_payment>},
      Route{"POST", "/payments", own_write, with_form<read_payments, post_payments>},
      Route{"GET", "/livez", operators, get_livez},
      Route{"GET", "/readyz", operators, get_readyz},
      Route{"GET", "/metrics", operators, get_metrics},
  };
}();

std::size_t index_of(const Route* route) {
  return route == nullptr ? kRoutes.size() : static_cast<std::size_t>(route - kRoutes.data());
}

bool needs_token(Access access) {
  return access != Access::open && access != Access::login && access != Access::operators;
}

// HEAD is GET without the body, which nginx leaves out.
bool serves(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

// Sets the route, or else the methods that the path has. A path is also known with more slashes
// than it has: a read is sent to the path itself; a write is accepted as it is, because not every
// client sends a body again.
void find_route(Call& call) {
  const std::string path = call.request.plain_path();
  for (const Route& route : kRoutes) {
    std::vector<std::string> values;
    if (!fits(route.pattern, path, values)) continue;
    if (serves(route, call.request.method)) {
      call.route = &route;
      call.path_values = std::move(values);
      if (call.request.is_read() && path != call.request.path())
        call.moved_to = path + call.request.target.substr(call.request.path().size());
      return;
    }
    if (!call.allow.empty()) call.allow += ", ";
    call.allow += route.method;
    if (route.method == "GET") call.allow += ", HEAD";
  }
}

// Refuses: not_found, method_not_allowed.
void require_route(const Call& call) {
  if (call.route != nullptr) return;
  if (call.allow.empty()) throw Refusal(Reason::not_found, "There is nothing at this path.");
  throw Refusal(Reason::method_not_allowed, "The path does not have this method.")
      .with_allow(call.allow);
}

// Refuses: body_too_large, malformed_json.
void require_whole_body(const Request& request) {
  switch (request.body_outcome) {
    case BodyOutcome::whole: return;
    case BodyOutcome::too_large:
      throw Refusal(Reason::body_too_large,
                    fmt::format("A body has at most {} KiB.", kMostBody / 1024));
    case BodyOutcome::cut_short: throw Refusal(Reason::malformed_json, "The body ended early.");
  }
}

// The token of an Authorization header with the scheme Bearer; nothing if there is none.
std::optional<std::string> bearer(const Request& request) {
  if (!request.authorization) return std::nullopt;
  const std::string_view value = trimmed(*request.authorization);
  const auto end = value.find_first_of(" \t");
  if (end == std::string_view::npos || !is_word(value.substr(0, end), "bearer"))
    return std::nullopt;
  return std::string(trimmed(value.substr(end)));
}

// Refuses: token_required, token_invalid.
TokenClaims read_token(const App& app, const Request& request) {
  const std::string_view given = request.token_header ? *request.token_header : std::string_view();
  const auto header =
      trimmed(given).empty() ? std::nullopt : std::optional<std::string>(trimmed(given));
  const auto authorization = bearer(request);
  if (!header && !authorization) {
    throw Refusal(Reason::token_required,
                  "Send the queue token: `token: <token>`. Get one with POST /token.");
  }
  if (header && authorization && *header != *authorization)
    throw Refusal(Reason::token_invalid, "Two different queue tokens were sent.");
  return app.token_text.read(header ? *header : *authorization);
}

// Reads what the access of the route needs from the headers.
// Refuses: identity_required, token_required, token_invalid.
void read_credentials(App& app, Call& call) {
  const Access access = call.route->access;
  if (access == Access::login) call.login = app.identity.subject(bearer(call.request));
  if (needs_token(access) && !call.token) call.token = read_token(app, call.request);
}

bool is_for_records(const Call& call) {
  return call.token && call.token->state == TokenState::records;
}

Response run(App& app, Call& call) {
  const Request& request = call.request;
  try {
    require_whole_body(request);
    require_route(call);
    if (call.shed) return problem(busy_failure(), request.request_id);
    // Relative, so that scheme and host are those that the client used.
    if (call.moved_to) return Response{308, "", "", {}}.with("Location", *call.moved_to);
    read_credentials(app, call);
    if (is_for_records(call) && !admits_token_for_records(access_of(app, call)))
      app.guard.refuse_records_only(call.claims());
    return call.route->handler(app, call);
  } catch (const Refusal& refusal) {
    return problem(refusal, request.request_id);
  } catch (const std::exception& error) {
    const Failure& failure = failure_of(error);
    log_failure(fmt::format("answered {}", failure.status), error);
    return problem(failure, request.request_id);
  }
}

// Whether the call is one of those whose answers nginx keeps (nginx/snippets/catalogue.conf).
bool is_kept_by_nginx(const Call& call) {
  if (call.route == nullptr || call.request.path().ends_with('/')) return false;
  const std::string_view pattern = call.route->pattern;
  if (pattern == "/catalogue/{concertId}")
    return parse_positive(call.path_values.at(0)).has_value();
  return pattern == "/site" || pattern == "/catalogue";
}

// Whether nginx may give it to others, though it is no 200: it follows from the address alone.
// While nginx fetches what it may not keep, all that ask wait for each other. An answer about the
// body, the host or the moment does not.
bool is_the_same_for_all(const Call& call, const Response& response) {
  return is_kept_by_nginx(call) &&
         (response.status == 308 || response.status == 404 || response.status == 422);
}

void count_and_log(App& app, const Call& call, const Response& response) {
  const Request& request = call.request;
  // It includes the prefetch, and the requests of the round that were answered before.
  const auto taken = std::chrono::steady_clock::now() - request.taken_at;
  const auto taken_us = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
  app.metrics.count_request(index_of(call.route), response.status, taken_us);
  if (!response.code.empty()) app.metrics.count_refusal(response.code);
  if (!app.backend.settings.request_log) return;
  const std::string user = call.token ? app.user_in_log.text(call.token->user) : "";
  log_request({request.method, call.route == nullptr ? "none" : call.route->pattern,
               response.status, response.code, taken_us, user, request.request_id,
               request.trace ? &*request.trace : nullptr});
}

}  // namespace

std::int64_t Call::path_id(std::size_t index) const {
  const auto id = parse_positive(path_values.at(index));
  if (!id) throw Refusal(Reason::not_found, "There is nothing at this path.");
  return *id;
}

UserId Call::own_path_user(std::size_t index) const {
  const auto user = UserId::parse(path_values.at(index));
  if (!user) throw Refusal(Reason::not_found, "There is nothing at this path.");
  if (*user != claims().user)
    throw Refusal(Reason::not_yours, "The queue token belongs to another user.");
  return *user;
}

std::vector<std::string> route_names() {
  std::vector<std::string> names;
  names.reserve(kRoutes.size() + 1);
  for (const Route& route : kRoutes)
    names.push_back(fmt::format("{} {}", route.method, route.pattern));
  names.emplace_back("none");
  return names;
}

Call open_call(App& app, const Request& request, PrefetchList& list) {
  Call call(request);
  find_route(call);
  call.shed = app.overload.sheds(steady_ms(), request.waited_ms);
  if (call.shed || call.route == nullptr || call.moved_to || call.route->prefetch == nullptr)
    return call;
  try {
    read_credentials(app, call);
    if (!is_for_records(call)) call.route->prefetch(call, list);
  } catch (const Refusal&) {
    return call;  // answer() refuses it
  }
  return call;
}

Response answer(App& app, Call& call) {
  const LogContext context(call.request.request_id, call.request.trace);
  Response response = run(app, call);
  response.headers.emplace_back("X-Request-Id", call.request.request_id);
  if (is_the_same_for_all(call, response)) {
    response = kept_in_nginx_alone(call.request, std::move(response));
  } else if (!response.is_revalidated) {
    response.headers.emplace_back("Cache-Control", "no-store");
  }
  count_and_log(app, call, response);
  return response;
}

}  // namespace concert
