#include <fmt/format.h>

#include "base/log.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "store/errors.h"
#include "store/schema.h"

namespace concert {
namespace {

Response not_ready(const Request& request, const std::string& missing, const std::string& detail) {
  Response response =
      problem({503, "NOT_READY"}, detail, request.request_id).with("Retry-After", "1");
  // The one problem with a member of its own that no refusal has.
  response.body.insert(response.body.rfind('}'), fmt::format(",\"missing\":[\"{}\"]", missing));
  return response;
}

}  // namespace

Response get_livez(App&, const Request&) { return json(200, std::string("{\"status\":\"live\"}")); }

Response get_readyz(App& app, const Request& request) {
  try {
    const int version = Schema(app.backend.db).version();
    if (version < Schema::wanted_version()) {
      return not_ready(request, "schema",
                       "The schema is older than the program: run concertctl migrate.");
    }
  } catch (const DatabaseUnavailable& error) {
    log_warning(fmt::format("not ready: {}. Check: concertctl doctor", error.what()));
    return not_ready(request, "database", "The database does not answer: run concertctl doctor.");
  }
  return json(200, std::string("{\"status\":\"ready\"}"));
}

Response get_metrics(App& app, const Request&) {
  std::string text = app.metrics.render();
  try {
    const QueueCounts counts = app.backend.queues.counts(kMainQueue);
    text += fmt::format(
        "# HELP concert_queue_users Users in the queue, by state.\n# TYPE concert_queue_users "
        "gauge\n"
        "concert_queue_users{{state=\"active\"}} {}\nconcert_queue_users{{state=\"waiting\"}} {}\n"
        "# HELP concert_queue_paused Whether nobody is admitted.\n# TYPE concert_queue_paused "
        "gauge\n"
        "concert_queue_paused {}\n# HELP concert_database_up Whether the database answers.\n"
        "# TYPE concert_database_up gauge\nconcert_database_up 1\n",
        counts.active, counts.waiting, counts.paused ? 1 : 0);
  } catch (const DatabaseUnavailable&) {
    text +=
        "# HELP concert_database_up Whether the database answers.\n# TYPE concert_database_up "
        "gauge\n"
        "concert_database_up 0\n";
  }
  return {200, "text/plain; version=0.0.4; charset=utf-8", std::move(text), {}};
}

}  // namespace concert
