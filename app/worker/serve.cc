#include "worker/serve.h"

#include <fcgiapp.h>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <exception>

#include "base/log.h"
#include "http/routes.h"
#include "worker/connections.h"
#include "worker/read_request.h"

namespace concert {
namespace {

void ignore_signals_of_the_master() {
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole group; the master decides
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

// nginx sends the status line as it is given: a client may insist on a phrase.
const char* reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

void write_response(const FCGX_Request& fcgi, const Response& response) {
  std::string head =
      fmt::format("Status: {} {}\r\n", response.status, reason_phrase(response.status));
  if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
  if (response.status != 204 && response.status != 304)
    head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  head += "\r\n";
  head += response.body;
  FCGX_PutStr(head.data(), static_cast<int>(head.size()), fcgi.out);
}

// A request in hand.
struct Exchange {
  Connection* connection = nullptr;
  Request request;

  bool is_read() const { return request.method == "GET" || request.method == "HEAD"; }
};

Exchange read(Connection& connection) {
  Exchange exchange{&connection, read_head(connection)};
  exchange.request.taken_at = std::chrono::steady_clock::now();
  exchange.request.body_outcome = read_body(connection, exchange.request.body);
  return exchange;
}

// Answers requests that came together, one after the other.
void serve_round(App& app, Connections& connections, std::vector<Exchange>& round) {
  Ahead ahead;
  for (Exchange& exchange : round) look_ahead(app, exchange.request, ahead);
  fetch(app, ahead);
  for (Exchange& exchange : round) {
    // nginx sends a read again by itself should a kept connection be lost; and reads are quick.
    if (!exchange.is_read()) connections.guard_idle();
    Connection& connection = *exchange.connection;
    write_response(connection, answer(app, exchange.request));
    app.metrics.beat();
    connections.finish(connection, exchange.is_read() && FCGX_GetChar(connection.in) == EOF);
  }
}

// Before the first request, so that none pays for it, and a password may change while those that
// came with the old one go on.
void connect_early(Session& db) {
  try {
    db.now();
  } catch (const std::exception& error) {
    log_warning(fmt::format(
        "a worker starts without the database; each request that needs it tries again: {}",
        error.what()));
  }
}

}  // namespace

int serve(int listen_fd, int worker, const Settings& settings, Metrics& metrics) {
  ignore_signals_of_the_master();
  App app(settings, metrics);
  Connections connections(listen_fd, keeps_connections(worker), [&] {
    metrics.beat();
    app.backend.db.rest();
  });
  connect_early(app.backend.db);
  std::int64_t served = 0;
  std::vector<Exchange> round;
  for (;;) {
    round.clear();
    for (Connection* const connection : connections.next()) round.push_back(read(*connection));
    if (round.empty()) return 0;
    metrics.set_in_hand(round.size());
    serve_round(app, connections, round);
    metrics.set_in_hand(0);
    served += static_cast<std::int64_t>(round.size());
    if (settings.worker_requests > 0 && served >= settings.worker_requests) connections.stop();
  }
}

}  // namespace concert
