#include <fmt/format.h>

#include "base/command_line.h"
#include "base/log.h"
#include "base/metrics_text.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "store/queue/queue_store.h"
#include "store/session/errors.h"
#include "store/session/schema.h"

namespace concert {
namespace {

Response not_ready(const Request& request, const std::string& missing, const std::string& detail) {
  Response response =
      problem({503, "NOT_READY"}, detail, request.request_id).with("Retry-After", "1");
  // The one problem with a member of its own that no refusal has.
  response.body.insert(response.body.rfind('}'), fmt::format(",\"missing\":[\"{}\"]", missing));
  return response;
}

// All of it is asked for before the first line is written.
void append_queue(std::string& text, App& app) {
  QueueStore queues(app.backend.db);
  const QueueCounts counts = queues.counts(app.queue);
  const QueueWatch watch = queues.watch(app.queue);
  const QueueRow row = queues.read(app.queue);
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  append_family(text, "concert_queue_users", "gauge", "Users in the queue, by state.");
  append_sample(text, "concert_queue_users", "state=\"active\"", number(counts.active));
  append_sample(text, "concert_queue_users", "state=\"waiting\"", number(counts.waiting));
  append_family(text, "concert_holds", "gauge", "Holds, counted up to 50000 in each state.");
  append_sample(text, "concert_holds", "state=\"live\"", number(watch.holds_live));
  append_sample(text, "concert_holds", "state=\"lapsed\"", number(watch.holds_lapsed));
  const auto gauge = [&](const char* name, const char* help, double value) {
    append_family(text, name, "gauge", help);
    append_sample(text, name, "", value);
  };
  gauge("concert_queue_paused", "Whether nobody is admitted.", counts.paused ? 1 : 0);
  gauge("concert_queue_active_limit", "Most users active at once.",
        number(row.set.in_force(app.backend.settings.queue_limits()).active_limit));
  gauge("concert_queue_admitted_last_minute",
        "Users admitted from the line in the last minute, by all hosts.",
        number(counts.admitted_per_minute));
  gauge("concert_queue_oldest_wait_seconds", "How long the head of the line has waited.",
        number(watch.oldest_wait_ms) / 1000);
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
  append_family(text, "concert_build_info", "gauge", "The version that runs.");
  append_sample(text, "concert_build_info", fmt::format("version=\"{}\"", program_version()), 1);
  bool up = true;
  try {
    append_queue(text, app);
  } catch (const std::exception& error) {
    log_warning(fmt::format("/metrics lacks what only the database knows: {}", error.what()));
    up = false;
  }
  append_family(text, "concert_database_up", "gauge", "Whether the database answers.");
  append_sample(text, "concert_database_up", "", up ? 1 : 0);
  return {200, "text/plain; version=0.0.4; charset=utf-8", std::move(text), {}};
}

}  // namespace concert
