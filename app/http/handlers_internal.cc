#include <fmt/format.h>

#include "base/command_line.h"
#include "base/log.h"
#include "base/metric_names.h"
#include "base/metrics.h"
#include "http/handlers.h"
#include "http/response.h"
#include "store/queue/queue_store.h"
#include "store/session/errors.h"
#include "store/session/schema.h"

namespace concert {
namespace {

Response not_ready(const Call& call, const std::string& missing, std::string_view detail) {
  const Failure failure{503, "NOT_READY", detail, {}, {}};
  Response response = problem(failure, call.request.request_id);
  // No refusal has this member.
  response.body.insert(response.body.rfind('}'), fmt::format(",\"missing\":[\"{}\"]", missing));
  return response;
}

// What is shown of a queue.
struct QueueFigures {
  QueueId queue;
  QueueCounts counts;
  QueueWatch watch;
  std::int64_t active_limit = 0;
  bool is_open = true;
};

std::vector<QueueFigures> read_figures(App& app) {
  QueueStore queues(app.backend.db);
  std::vector<QueueFigures> figures;
  for (const QueueId queue : queues.ids()) {
    const QueueRow row = queues.read(queue);
    const auto limits = row.set.in_force(app.backend.settings.queue_limits());
    // What an empty queue has room for is the limit that admits: the queue's or its share.
    figures.push_back({queue, queues.counts(queue), queues.watch(queue),
                       room_for_active(limits, row.active_share, 0), is_open(row.opening)});
  }
  return figures;
}

// Asks for everything before it writes the first line, so a failure leaves no half of it.
void append_queues(std::string& text, App& app) {
  const auto figures = read_figures(app);
  const HoldsWatch holds = QueueStore(app.backend.db).watch_holds();
  const auto sample = [&](const char* name, const std::string& labels, std::int64_t value) {
    append_sample(text, name, labels, static_cast<double>(value));
  };
  append_family(text, metric::kQueueUsers, "gauge", "Users in the queue, by state.");
  for (const QueueFigures& of : figures) {
    sample(metric::kQueueUsers, fmt::format(R"(state="active",queue="{}")", of.queue.value),
           of.counts.active);
    sample(metric::kQueueUsers, fmt::format(R"(state="waiting",queue="{}")", of.queue.value),
           of.counts.waiting);
  }
  append_family(text, metric::kHolds, "gauge", "Holds, counted up to 50000 in each state.");
  sample(metric::kHolds, R"(state="live")", holds.live);
  sample(metric::kHolds, R"(state="lapsed")", holds.lapsed);
  const auto gauge = [&](const char* name, const char* help, auto value_of) {
    append_family(text, name, "gauge", help);
    for (const QueueFigures& of : figures) {
      append_sample(text, name, fmt::format(R"(queue="{}")", of.queue.value),
                    static_cast<double>(value_of(of)));
    }
  };
  gauge(metric::kQueuePaused, "Whether admission is paused.",
        [](const QueueFigures& of) { return of.counts.paused ? 1 : 0; });
  gauge(metric::kQueueOpen, "Whether the queue admits: it has no opening, or its opening is drawn.",
        [](const QueueFigures& of) { return of.is_open ? 1 : 0; });
  gauge(metric::kQueueActiveLimit,
        "Most users active at once: the limit in force, or the share of total_active_limit.",
        [](const QueueFigures& of) { return of.active_limit; });
  gauge(metric::kQueueAdmittedLastMinute,
        "Users admitted from the queue in the last minute, by all hosts.",
        [](const QueueFigures& of) { return of.counts.admitted_per_minute; });
  gauge(metric::kQueueOldestWaitSeconds, "How long the first user in the queue has waited.",
        [](const QueueFigures& of) { return static_cast<double>(of.watch.oldest_wait_ms) / 1000; });
}

}  // namespace

Response get_livez(App&, const Call&) { return json(200, std::string("{\"status\":\"live\"}")); }

Response get_readyz(App& app, const Call& call) {
  try {
    const int version = Schema(app.backend.db).version();
    if (version < Schema::wanted_version()) {
      return not_ready(call, "schema",
                       "The schema is older than the program: run concertctl migrate.");
    }
  } catch (const DatabaseUnavailable& error) {
    log_warning(fmt::format("not ready: {}. Check: concertctl doctor", error.what()));
    return not_ready(call, "database", "The database does not answer: run concertctl doctor.");
  }
  return json(200, std::string("{\"status\":\"ready\"}"));
}

Response get_metrics(App& app, const Call&) {
  std::string text = app.metrics.render();
  append_family(text, metric::kBuildInfo, "gauge", "The version that runs.");
  append_sample(text, metric::kBuildInfo, fmt::format("version=\"{}\"", program_version()), 1);
  bool up = true;
  try {
    append_queues(text, app);
  } catch (const std::exception& error) {
    log_warning(fmt::format("/metrics lacks the figures of the database: {}", error.what()));
    up = false;
  }
  append_family(text, metric::kDatabaseUp, "gauge", "Whether the database answers.");
  append_sample(text, metric::kDatabaseUp, "", up ? 1 : 0);
  return {200, "text/plain; version=0.0.4; charset=utf-8", std::move(text), {}};
}

}  // namespace concert
