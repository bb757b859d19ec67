#include "http/routes.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

#include "base/log.h"
#include "base/steady_clock.h"
#include "http/handler_support.h"
#include "http/handlers.h"
#include "http/path_pattern.h"
#include "http/problem.h"
#include "store/session/errors.h"

namespace concert {
namespace {

struct Route {
  std::string_view method;
  std::string_view pattern;
  Response (*handler)(App&, const Request&);
  void (*reads)(const Request&, Ahead&) = nullptr;
};

// The whole surface.
constexpr std::array kRoutes{
    Route{"POST", "/token", post_token},
    Route{"DELETE", "/token", delete_token},
    Route{"POST", "/client/token", post_token},
    Route{"GET", "/token/refresh", get_token_refresh, poll_reads},
    Route{"GET", "/queue", get_queue},
    Route{"GET", "/concerts", get_concerts, token_is_read},
    Route{"GET", "/concerts/{concertId}/dates", get_dates, dates_read},
    Route{"GET", "/concerts/{concertId}/dates/{concertDateId}/seats", get_seats, seats_read},
    Route{"POST", "/reservation", post_reservation},
    Route{"GET", "/reservation/{reservationId}", get_reservation},
    Route{"DELETE", "/reservation/{reservationId}", delete_reservation},
    Route{"GET", "/client/{clientId}/reservations", get_reservations},
    Route{"GET", "/client/{clientId}/balance", get_balance, balance_reads},
    Route{"GET", "/client/{clientId}/ledger", get_ledger},
    Route{"PATCH", "/user/{userId}/charge", patch_charge},
    Route{"POST", "/payment/{paymentId}", post_payment},
    Route{"GET", "/livez", get_livez},
    Route{"GET", "/readyz", get_readyz},
    Route{"GET", "/metrics", get_metrics},
};

constexpr std::size_t kNoRoute = kRoutes.size();

bool serves(const Route& route, std::string_view method) {
  // HEAD is GET without the body, which nginx leaves out.
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

// A path is also known with more slashes than it has: a read is sent to the path itself, a write is
// taken as it is, for not every client sends a body again. Refuses: not_found, method_not_allowed.
std::size_t find_route(Request& request) {
  if (request.route) return *request.route;
  const std::string path = request.plain_path();
  std::string allow;
  for (std::size_t i = 0; i < kRoutes.size(); ++i) {
    std::vector<std::string> values;
    if (!fits(kRoutes[i].pattern, path, values)) continue;
    if (serves(kRoutes[i], request.method)) {
      request.path_values = std::move(values);
      request.route = i;
      if (is_read(request) && path != request.path()) {
        request.moved_to = path + request.target.substr(request.path().size());
      }
      return i;
    }
    if (!allow.empty()) allow += ", ";
    allow += kRoutes[i].method;
    if (kRoutes[i].method == "GET") allow += ", HEAD";
  }
  if (allow.empty()) throw Refusal(Reason::not_found, "There is nothing at this path.");
  throw Refusal(Reason::method_not_allowed, "The path does not have this method.")
      .with_allow(std::move(allow));
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

Response run(App& app, Request& request, std::size_t& route) {
  try {
    route = request.route.value_or(kNoRoute);
    require_whole_body(request);
    route = find_route(request);
    if (request.shed) return busy(request.request_id);
    // Relative, so that scheme and host are those that the client used.
    if (request.moved_to) return Response{308, "", "", {}}.with("Location", *request.moved_to);
    return kRoutes[route].handler(app, request);
  } catch (const Refusal& refusal) {
    return problem(refusal, request.request_id);
  } catch (const Busy& error) {
    log_warning(fmt::format("answered 503 BUSY: {}", error.what()));
    return busy(request.request_id);
  } catch (const OutcomeUnknown& error) {
    log_error(
        fmt::format("answered 503, the connection to the database broke in a COMMIT, and what "
                    "became of it is not known: {}. The client is told to look.",
                    error.what()));
    return outcome_unknown(request.request_id);
  } catch (const DatabaseUnavailable& error) {
    log_error(
        fmt::format("answered 503, requests cannot be served until the database answers: {}. "
                    "Check: concertctl doctor",
                    error.what()));
    return database_unavailable(request.request_id);
  } catch (const SchemaUnfit& error) {
    log_error(
        fmt::format("answered 503, the schema is not the one that this program wants: {}. Run: "
                    "concertctl migrate",
                    error.what()));
    return database_unavailable(request.request_id);
  } catch (const std::exception& error) {
    log_error(fmt::format(
        "answered 500, this is a bug or a schema that does not fit: {}. Check: concertctl "
        "doctor; report the line.",
        error.what()));
    return internal_error(request.request_id);
  }
}

}  // namespace

std::vector<std::string> route_names() {
  std::vector<std::string> names;
  names.reserve(kRoutes.size() + 1);
  for (const Route& route : kRoutes)
    names.push_back(fmt::format("{} {}", route.method, route.pattern));
  names.emplace_back("none");
  return names;
}

void look_ahead(App& app, Request& request, Ahead& ahead) {
  request.shed = app.overload.sheds(steady_ms(), request.waited_ms);
  if (request.shed) return;
  try {
    const auto reads = kRoutes[find_route(request)].reads;
    if (reads == nullptr || request.moved_to) return;
    request.claims = claims_of(app, request);
    reads(request, ahead);
  } catch (const Refusal&) {
    return;  // answer() says it
  }
}

Response answer(App& app, Request& request) {
  const LogContext context(request.request_id, request.trace);
  std::size_t route = kNoRoute;
  Response response = run(app, request, route);
  response.headers.emplace_back("X-Request-Id", request.request_id);
  if (!response.is_revalidated) response.headers.emplace_back("Cache-Control", "no-store");
  // With the look ahead, and the requests of its round that were answered before it.
  const auto taken = std::chrono::steady_clock::now() - request.taken_at;
  const auto taken_us = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
  app.metrics.count_request(route, response.status, taken_us);
  if (!response.code.empty()) app.metrics.count_refusal(response.code);
  if (app.backend.settings.request_log) {
    const std::string user = request.user ? app.user_in_log.text(*request.user) : "";
    log_request({request.method, route == kNoRoute ? "none" : kRoutes[route].pattern,
                 response.status, response.code, taken_us, user, request.request_id,
                 request.trace ? &*request.trace : nullptr});
  }
  return response;
}

}  // namespace concert
