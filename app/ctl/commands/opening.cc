#include "ctl/commands/opening.h"

#include <fmt/format.h>

#include "ctl/commands/catalogue.h"
#include "service/admin/set_opening.h"
#include "service/queue/publish_queue.h"

namespace concert {
namespace {

// The opening after a change, or after a command that found nothing to do.
CommandResult show_opening(Backend& backend, QueueId queue, bool has_changed) {
  PublishQueue(backend.db, backend.queue_cache, backend.settings).run(queue);
  const QueueRow row = QueueStore(backend.db).read(queue);
  const auto record = OpeningStore(backend.db).find(queue);
  CommandResult result;
  result.has_changed = has_changed;
  result.json["queueId"] = json_number(queue.value);
  add_opening(result, row);
  result.text += fmt::format(
      "commitment                {}\n"
      "public value              {}\n",
      record->commitment, record->public_value.value_or("none"));
  result.json["commitment"] = record->commitment;
  result.json["publicValue"] =
      record->public_value ? Json::Value(*record->public_value) : Json::Value();
  return result;
}

CommandResult queue_open_at(Backend& backend, const CommandArguments& given) {
  const QueueId queue = queue_in(backend, given);
  const OpeningTimes times{read_time(given, "at"),
                           optional_time(given, "register-from").value_or(std::nullopt),
                           optional_time(given, "register-until").value_or(std::nullopt)};
  SetOpening set_opening(backend.db, backend.queue_cache, backend.settings);
  return show_opening(backend, queue, set_opening.open_at(queue, times, action_of(given)));
}

CommandResult queue_public_value(Backend& backend, const CommandArguments& given) {
  const QueueId queue = queue_in(backend, given);
  const std::string text = *optional_text(given, "text", read_name);
  SetOpening(backend.db, backend.queue_cache, backend.settings)
      .public_value(queue, text, action_of(given));
  return show_opening(backend, queue, true);
}

}  // namespace

void add_opening(CommandResult& result, const QueueRow& row) {
  if (!row.opening) return;
  const Opening& opening = *row.opening;
  const std::string phase(to_text(phase_at(row.opening, row.now)));
  result.text += fmt::format(
      "phase                     {}\n"
      "opens at                  {}\n"
      "registering               {} to {}\n"
      "entries                   {}\n",
      phase, opening.opens_at.rfc3339(), opening.register_from.rfc3339(),
      opening.register_until.rfc3339(),
      opening.entries ? fmt::format("{}, fixed", *opening.entries)
                      : std::to_string(row.last_place));
  result.json["phase"] = phase;
  result.json["opensAt"] = opening.opens_at.rfc3339();
  result.json["registerFrom"] = opening.register_from.rfc3339();
  result.json["registerUntil"] = opening.register_until.rfc3339();
  result.json["entries"] = opening.entries ? json_number(*opening.entries) : Json::Value();
}

std::vector<Command> opening_commands() {
  return {
      {.words = "queue open-at",
       .help = "sets or moves the time at which a queue opens; users who registered before it are "
               "admitted in the order of a draw",
       .options = {queue_option(), required(text_option("at", "TIME", "when it opens")),
                   text_option("register-from", "TIME", "an hour before it opens unless given"),
                   text_option("register-until", "TIME", "until it opens unless given")},
       .run = queue_open_at,
       .why = Why::optional},
      {.words = "queue public-value",
       .help = "adds to the draw what nobody could know before the entries were fixed (a lottery "
               "figure, a beacon), once and for all",
       .options = {queue_option(), required(text_option("text", "TEXT", "1 to 200 characters"))},
       .run = queue_public_value,
       .why = Why::optional},
  };
}

}  // namespace concert
