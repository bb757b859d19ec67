#include <fmt/format.h>

#include "ctl/commands/command.h"
#include "service/queue/admit_waiting.h"
#include "service/queue/publish_queue.h"
#include "settings/settings_table.h"
#include "store/admin/admin_action_store.h"
#include "store/queue/queue_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

// Publishes the change at once; the next pass of concert-cron would do it later.
void publish(Backend& backend) {
  PublishQueue(backend.db, backend.queue_cache, backend.settings).run(kMainQueue);
}

CommandResult queue_status(Backend& backend, const CommandArguments&) {
  QueueStore queues(backend.db);
  const QueueCounts counts = queues.counts(kMainQueue);
  const QueueRow row = queues.read(kMainQueue);
  const LimitsInForce limits = row.set.in_force(backend.settings.queue_limits());
  const auto origin = [](const std::optional<std::int64_t>& set) {
    return set ? "by `queue set`" : "from the file";
  };
  CommandResult result;
  result.text = fmt::format(
      "active                    {}\nwaiting                   {}\nadmitted, last min        {}\n"
      "active limit              {} ({})\nadmitted at most          {} {} ({})\n"
      "paused                    {}\n",
      counts.active, counts.waiting, counts.admitted_per_minute, limits.active_limit,
      origin(row.set.active_limit), limits.rate.per_interval,
      limits.rate.counts_credit() ? fmt::format("in {} s", limits.rate.interval_s) : "per pass",
      origin(row.set.admit_per_pass), counts.paused ? "yes" : "no");
  result.json["active"] = json_number(counts.active);
  result.json["waiting"] = json_number(counts.waiting);
  result.json["admittedPerMinute"] = json_number(counts.admitted_per_minute);
  result.json["activeLimit"] = json_number(limits.active_limit);
  result.json["admitPerPass"] = json_number(limits.rate.per_interval);
  result.json["paused"] = counts.paused;
  return result;
}

std::string limits_json(const QueueLimits& limits) {
  const auto text = [](const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "null";
  };
  return fmt::format(R"({{"activeLimit":{},"admitPerPass":{}}})", text(limits.active_limit),
                     text(limits.admit_per_pass));
}

// The status after a change, or after a command that found nothing to do.
CommandResult publish_change(Backend& backend, bool has_changed) {
  publish(backend);
  CommandResult result = queue_status(backend, {});
  result.has_changed = has_changed;
  return result;
}

CommandResult change_limits(Backend& backend, const CommandArguments& given,
                            const std::function<QueueLimits(QueueLimits)>& change) {
  QueueStore queues(backend.db);
  const bool has_changed = run_transaction(backend.db, [&] {
    const QueueRow row = queues.lock(kMainQueue);
    const QueueLimits wanted = change(row.set);
    if (wanted == row.set) return false;
    settle_credit(queues, kMainQueue, row, backend.settings);
    queues.set_limits(kMainQueue, wanted, backend.settings.active_limit);
    AdminActionStore(backend.db).append(action_of(given), limits_json(wanted));
    return true;
  });
  return publish_change(backend, has_changed);
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
  const bool has_changed = run_transaction(backend.db, [&] {
    if (queues.lock(kMainQueue).paused == paused) return false;
    queues.set_paused(kMainQueue, paused);
    AdminActionStore(backend.db)
        .append(action_of(given), fmt::format(R"({{"paused":{}}})", paused));
    return true;
  });
  return publish_change(backend, has_changed);
}

// An option that overrides a setting, within the setting's bounds.
CommandOption limit_option(std::string name, std::string_view key, std::string help) {
  const Setting& overridden = setting(key);
  return number_option(std::move(name), {overridden.least, overridden.most}, std::move(help));
}

}  // namespace

std::vector<Command> queue_commands() {
  return {
      {.words = "queue status",
       .help = "shows how many are active and waiting, and the limits in force",
       .run = queue_status},
      {.words = "queue set",
       .help = "sets limits at once; they override the file until `queue reset`",
       .options = {limit_option("active-limit", "active_limit", "most users active at once"),
                   limit_option(
                       "admit-per-pass", "admit_per_pass",
                       "most users admitted per admit_interval_seconds, or per pass if that is 0")},
       .run = queue_set,
       .why = Why::optional},
      {.words = "queue reset",
       .help = "goes back to the limits of the file",
       .run = queue_reset,
       .why = Why::optional},
      {.words = "queue pause",
       .help = "stops admissions; active users are not affected",
       .run = [](Backend& backend,
                 const CommandArguments& given) { return set_paused(backend, given, true); },
       .why = Why::optional},
      {.words = "queue resume",
       .help = "starts admissions again",
       .run = [](Backend& backend,
                 const CommandArguments& given) { return set_paused(backend, given, false); },
       .why = Why::optional},
  };
}

}  // namespace concert
