#include "worker/serve.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <vector>

#include "base/log.h"
#include "base/steady_clock.h"
#include "http/prefetch.h"
#include "http/routes.h"
#include "worker/connections.h"
#include "worker/fastcgi.h"

namespace concert {
namespace {

void ignore_signals_of_the_master() {
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole group; the master decides
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

Request read(const FCGX_Request& fcgi) {
  Request request = read_head(fcgi);
  request.taken_at = std::chrono::steady_clock::now();
  request.body_outcome = read_body(fcgi, request.body);
  return request;
}

// Answers requests that came together, one after the other.
void serve_round(App& app, Connections& connections, const std::vector<Connection*>& round) {
  std::vector<Request> requests;
  requests.reserve(round.size());
  for (const Connection* const connection : round) requests.push_back(read(*connection));
  app.metrics.set_in_hand(round.size());
  PrefetchList list;
  std::vector<Call> calls;
  calls.reserve(requests.size());
  for (const Request& request : requests) calls.push_back(open_call(app, request, list));
  fetch(app, list);
  for (std::size_t i = 0; i < round.size(); ++i) {
    Connection& connection = *round[i];
    // Should a kept connection be lost, nginx sends a read again by itself; and reads are quick.
    const bool is_read = requests[i].is_read();
    if (!is_read) connections.guard_idle();
    write_response(connection, answer(app, calls[i]));
    app.metrics.heartbeat();
    connections.finish(connection, is_read && FCGX_GetChar(connection.in) == EOF);
  }
  app.metrics.set_in_hand(0);
}

// Connects before the first request, so that no request waits for it. A password may change while
// sessions that were opened with the old one go on.
void connect_early(Session& db) {
  try {
    db.now();
  } catch (const std::exception& error) {
    log_warning(fmt::format(
        "a worker starts without the database; each request that needs it connects again: {}",
        error.what()));
  }
}

// Between two rounds, when LookTimer says so, reads again what answers from the cache depend on. So
// a request that needs no database waits for none: one that hangs has one worker at a time, and
// what nginx would send that worker goes to others.
class LooksBetweenRounds {
 public:
  LooksBetweenRounds(App& app, Turn& turn) : app_(app), turn_(turn) {}

  // Returns after how many milliseconds it is to be called again.
  std::int64_t look_if_due(Connections& connections) {
    if (timer_.is_due()) look_at_own_turn(connections);
    return timer_.due_in_ms();
  }

 private:
  // While others keep the turn, the waits for it take a sixth of a worker's time.
  static constexpr std::int64_t kPauseAfterMiss_ms = 5 * Turn::kWait_ms;

  void look_at_own_turn(Connections& connections) {
    if (!turn_.take()) return timer_.put_off(kPauseAfterMiss_ms);
    timer_.look([&] {
      connections.guard_idle();
      app_.backend.db.rest();
      app_.backend.installation_watch.look_if_due();
      app_.catalogue.look_if_due();
      connections.release_idle();
    });
    turn_.end();
  }

  App& app_;
  Turn& turn_;
  LookTimer timer_;
};

}  // namespace

int serve(int listen_fd, int worker, const Settings& settings, Metrics& metrics, Turn& turn) {
  ignore_signals_of_the_master();
  App app(settings, metrics);
  LooksBetweenRounds looks(app, turn);
  Connections connections(listen_fd, keeps_connections(worker), [&] {
    metrics.heartbeat();
    return looks.look_if_due(connections);
  });
  connect_early(app.backend.db);
  std::int64_t served = 0;
  for (;;) {
    const std::vector<Connection*>& round = connections.next();
    if (round.empty()) return 0;
    serve_round(app, connections, round);
    served += static_cast<std::int64_t>(round.size());
    if (settings.worker_requests > 0 && served >= settings.worker_requests) connections.stop();
  }
}

}  // namespace concert
