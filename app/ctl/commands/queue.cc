#include <fmt/format.h>

#include "base/wording.h"
#include "ctl/commands/catalogue.h"
#include "ctl/commands/command.h"
#include "ctl/commands/opening.h"
#include "ctl/commands/progress_bar.h"
#include "service/admin/queues.h"
#include "service/queue/admit_waiting.h"
#include "service/queue/publish_queue.h"
#include "settings/settings_table.h"
#include "store/admin/admin_action_store.h"
#include "store/queue/queue_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

// Publishes the change at once; the next pass of concert-cron would do it later.
void publish(Backend& backend, QueueId queue) {
  PublishQueue(backend.db, backend.queue_cache, backend.settings).run(queue);
}

// What the users who wait are told, line by line.
std::string message_text(const std::optional<QueueMessage>& message, std::string_view before) {
  if (!message) return "";
  const std::string until =
      message->until ? fmt::format(" (until {})", message->until->rfc3339()) : "";
  return fmt::format("{}{}{}\n{}{}\n", before, message->en, until, before, message->ko);
}

Json::Value message_json(const std::optional<QueueMessage>& message) {
  if (!message) return {};
  Json::Value json(Json::objectValue);
  json["en"] = message->en;
  json["ko"] = message->ko;
  json["until"] = json_time(message->until);
  return json;
}

CommandResult status_of(Backend& backend, QueueId queue) {
  QueueStore queues(backend.db);
  const QueueCounts counts = queues.counts(queue);
  const QueueRow row = queues.read(queue);
  const LimitsInForce limits = row.set.in_force(backend.settings.queue_limits());
  const auto origin = [](const std::optional<std::int64_t>& set) {
    return set ? "by `queue set`" : "from the file";
  };
  CommandResult result;
  result.json["queueId"] = json_number(queue.value);
  result.text = fmt::format(
      "active                    {}\nwaiting                   {}\nadmitted, last min        {}\n"
      "active limit              {} ({})\nadmitted at most          {} {} ({})\n"
      "paused                    {}\n",
      counts.active, counts.waiting, counts.admitted_per_minute, limits.active_limit,
      origin(row.set.active_limit), limits.rate.per_interval,
      limits.rate.counts_credit() ? fmt::format("in {} s", limits.rate.interval_s) : "per pass",
      origin(row.set.admit_per_pass), counts.paused ? "yes" : "no");
  if (row.active_share) {
    result.text += fmt::format("share of the total        {}\n", *row.active_share);
    result.json["activeShare"] = json_number(*row.active_share);
  }
  add_opening(result, row);
  result.text += message_text(row.message, "message                   ");
  result.json["message"] = message_json(row.message);
  result.json["active"] = json_number(counts.active);
  result.json["waiting"] = json_number(counts.waiting);
  result.json["admittedPerMinute"] = json_number(counts.admitted_per_minute);
  result.json["activeLimit"] = json_number(limits.active_limit);
  result.json["admitPerPass"] = json_number(limits.rate.per_interval);
  result.json["paused"] = counts.paused;
  return result;
}

CommandResult queue_status(Backend& backend, const CommandArguments& given) {
  return status_of(backend, queue_in(backend, given));
}

std::string limits_json(QueueId queue, const QueueLimits& limits) {
  const auto text = [](const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "null";
  };
  return fmt::format(R"({{"queueId":{},"activeLimit":{},"admitPerPass":{}}})", queue.value,
                     text(limits.active_limit), text(limits.admit_per_pass));
}

// The status after a change, or after a command that found nothing to do.
CommandResult publish_change(Backend& backend, QueueId queue, bool has_changed) {
  publish(backend, queue);
  CommandResult result = status_of(backend, queue);
  result.has_changed = has_changed;
  return result;
}

CommandResult change_limits(Backend& backend, const CommandArguments& given,
                            const std::function<QueueLimits(QueueLimits)>& change) {
  QueueStore queues(backend.db);
  const QueueId queue = queue_in(backend, given);
  const bool has_changed = run_transaction(backend.db, [&] {
    const QueueRow row = queues.lock(queue);
    const QueueLimits wanted = change(row.set);
    if (wanted == row.set) return false;
    settle_credit(queues, queue, row, backend.settings);
    queues.set_limits(queue, wanted, backend.settings.active_limit);
    AdminActionStore(backend.db).append(action_of(given), limits_json(queue, wanted));
    return true;
  });
  return publish_change(backend, queue, has_changed);
}

CommandResult queue_set(Backend& backend, const CommandArguments& given) {
  QueueLimits wanted;
  if (given.has("active-limit")) wanted.active_limit = given.number("active-limit");
  if (given.has("admit-per-pass")) wanted.admit_per_pass = given.number("admit-per-pass");
  if (!wanted.active_limit && !wanted.admit_per_pass) {
    throw UsageError("`queue set` needs --active-limit or --admit-per-pass.");
  }
  return change_limits(backend, given, [&](QueueLimits set) {
    if (wanted.active_limit) set.active_limit = wanted.active_limit;
    if (wanted.admit_per_pass) set.admit_per_pass = wanted.admit_per_pass;
    return set;
  });
}

CommandResult queue_reset(Backend& backend, const CommandArguments& given) {
  return change_limits(backend, given, [](const QueueLimits&) { return QueueLimits{}; });
}

CommandResult set_paused(Backend& backend, const CommandArguments& given, bool paused) {
  QueueStore queues(backend.db);
  const QueueId queue = queue_in(backend, given);
  const bool has_changed = run_transaction(backend.db, [&] {
    if (queues.lock(queue).paused == paused) return false;
    queues.set_paused(queue, paused);
    AdminActionStore(backend.db)
        .append(action_of(given),
                fmt::format(R"({{"queueId":{},"paused":{}}})", queue.value, paused));
    return true;
  });
  return publish_change(backend, queue, has_changed);
}

CommandResult queue_say(Backend& backend, const CommandArguments& given) {
  std::optional<QueueMessage> message;
  const bool is_whole = given.has("en") && given.has("ko");
  if (given.has("clear") ? given.has("en") || given.has("ko") || given.has("until") : !is_whole)
    throw UsageError("`queue say` needs --en and --ko, or --clear alone.");
  if (is_whole) {
    message = QueueMessage{*optional_text(given, "en", read_message),
                           *optional_text(given, "ko", read_message)};
    if (given.has("until")) message->until = read_time(given, "until");
  }
  const QueueId queue = queue_in(backend, given);
  const bool has_changed = say_in_queue(backend.db, queue, message, action_of(given));
  return publish_change(backend, queue, has_changed);
}

CommandResult queue_clear(Backend& backend, const CommandArguments& given) {
  const QueueId queue = queue_in(backend, given);
  ClearQueue clear(backend.db, backend.queue_cache, backend.settings);
  const ClearQueue::Begun begun = clear.begin(queue, action_of(given));
  std::int64_t ended = 0;
  {
    ProgressBar bar("clearing", begun.waiting, "waits");
    bar.show(0);
    ended = clear.complete(begun, [&](std::int64_t waits) { bar.show(waits); });
  }
  publish(backend, queue);
  CommandResult result;
  result.has_changed = ended != 0;
  result.text = fmt::format("queue {}: {} ended\n", queue.value, count_of(ended, "wait"));
  result.json["queueId"] = json_number(queue.value);
  result.json["ended"] = json_number(ended);
  return result;
}

CommandResult queue_add(Backend& backend, const CommandArguments& given) {
  const std::string name = *optional_text(given, "name", read_key);
  const QueueId added = add_queue(backend.db, name, action_of(given));
  publish(backend, added);
  CommandResult result;
  result.text = fmt::format("{}\n", added.value);
  result.json["queueId"] = json_number(added.value);
  return result;
}

CommandResult queue_list(Backend& backend, const CommandArguments&) {
  QueueStore queues(backend.db);
  CommandResult result;
  result.json["queues"] = Json::Value(Json::arrayValue);
  for (const auto& [queue, name] : queues.names()) {
    const QueueCounts counts = queues.counts(queue);
    const QueueRow row = queues.read(queue);
    const std::string phase(row.opening ? to_text(phase_at(row.opening, row.now)) : "");
    result.text += fmt::format("{:>6}  {}  {} active, {} waiting{}{}{}\n", queue.value, name,
                               counts.active, counts.waiting, counts.paused ? ", paused" : "",
                               phase.empty() ? "" : ", ", phase);
    result.text += message_text(row.message, "        message: ");
    Json::Value entry(Json::objectValue);
    if (row.opening) entry["phase"] = phase;
    entry["message"] = message_json(row.message);
    entry["queueId"] = json_number(queue.value);
    entry["name"] = name;
    entry["active"] = json_number(counts.active);
    entry["waiting"] = json_number(counts.waiting);
    entry["paused"] = counts.paused;
    result.json["queues"].append(entry);
  }
  return result;
}

// An option that overrides a setting, within the setting's bounds.
CommandOption limit_option(std::string name, std::string_view key, std::string help) {
  const Setting& overridden = setting(key);
  return number_option(std::move(name), {overridden.least, overridden.most}, std::move(help));
}

}  // namespace

CommandOption queue_option() { return id_option("queue", "the queue (1, the main one)"); }

QueueId queue_in(Backend& backend, const CommandArguments& given) {
  const QueueId queue{given.number_or("queue", kMainQueue.value)};
  require_queue_exists(backend.db, queue);
  return queue;
}

std::vector<Command> queue_commands() {
  std::vector<Command> commands{
      {.words = "queue add",
       .help = "adds a queue, for concerts of its own, and prints its id",
       .options = {required(
           text_option("name", "TEXT", "1 to 100 characters, which no other has"))},
       .run = queue_add,
       .why = Why::optional},
      {.words = "queue list", .help = "lists the queues", .run = queue_list},
      {.words = "queue status",
       .help = "shows how many are active and waiting, and the limits in force",
       .options = {queue_option()},
       .run = queue_status},
      {.words = "queue set",
       .help = "sets limits at once; they override the file until `queue reset`",
       .options = {queue_option(),
                   limit_option("active-limit", "active_limit", "most users active at once"),
                   limit_option(
                       "admit-per-pass", "admit_per_pass",
                       "most users admitted per admit_interval_seconds, or per pass if that is 0")},
       .run = queue_set,
       .why = Why::optional},
      {.words = "queue reset",
       .help = "goes back to the limits of the file",
       .options = {queue_option()},
       .run = queue_reset,
       .why = Why::optional},
      {.words = "queue pause",
       .help = "stops admissions; active users are not affected",
       .options = {queue_option()},
       .run = [](Backend& backend,
                 const CommandArguments& given) { return set_paused(backend, given, true); },
       .why = Why::optional},
      {.words = "queue resume",
       .help = "starts admissions again",
       .options = {queue_option()},
       .run = [](Backend& backend,
                 const CommandArguments& given) { return set_paused(backend, given, false); },
       .why = Why::optional},
      {.words = "queue clear",
       .help = "ends every wait, registrations for an opening included; active users stay",
       .options = {queue_option()},
       .run = queue_clear,
       .why = Why::required},
      {.words = "queue say",
       .help = "tells everybody who waits a message, in both languages, until it is cleared",
       .options = {queue_option(), text_option("en", "TEXT", "in English, 1 to 500 characters"),
                   text_option("ko", "TEXT", "in Korean, 1 to 500 characters"),
                   text_option("until", "TIME", "when the message ends by itself"),
                   flag_option("clear", "takes the message away")},
       .run = queue_say,
       .why = Why::optional},
  };
  const std::vector<Command> openings = opening_commands();
  commands.insert(commands.end(), openings.begin(), openings.end());
  return commands;
}

}  // namespace concert
