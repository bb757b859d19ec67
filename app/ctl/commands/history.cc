#include <fmt/format.h>

#include <memory>

#include "base/encoding.h"
#include "base/wording.h"
#include "ctl/commands/command.h"
#include "domain/retention.h"
#include "store/admin/admin_action_store.h"
#include "store/queue/queue_store.h"

namespace concert {
namespace {

Json::Value to_json(const RecordedAction& recorded) {
  Json::Value entry(Json::objectValue);
  entry["actionId"] = json_number(recorded.id);
  entry["at"] = recorded.at.rfc3339();
  entry["who"] = recorded.action.who;
  entry["what"] = recorded.action.what;
  entry["why"] = recorded.action.why;
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  reader->parse(recorded.subject.data(), recorded.subject.data() + recorded.subject.size(),
                &entry["subject"], nullptr);
  return entry;
}

// What was changed, as a text has it: ten of a long list, and how many more there are.
std::string text_of(Json::Value subject) {
  for (Json::Value& member : subject) {
    if (!member.isArray() || member.size() <= kNamedOfList) continue;
    const auto rest = member.size() - kNamedOfList;
    member.resize(kNamedOfList);
    member.append(fmt::format("and {} more", rest));
  }
  return json_text(subject);
}

void add(CommandResult& result, const std::vector<RecordedAction>& all, const char* list) {
  result.json[list] = Json::Value(Json::arrayValue);
  for (const RecordedAction& recorded : all) {
    const Json::Value entry = to_json(recorded);
    result.text += fmt::format("{}  {:<20}  {} {}{}{}\n", recorded.at.rfc3339(),
                               recorded.action.who, recorded.action.what, text_of(entry["subject"]),
                               recorded.action.why.empty() ? "" : ": ", recorded.action.why);
    result.json[list].append(entry);
  }
}

CommandResult admin_log(Backend& backend, const CommandArguments& given) {
  const std::int64_t limit = given.number_or("limit", 50);
  CommandResult result;
  add(result, AdminActionStore(backend.db).newest(limit), "actions");
  if (result.text.empty()) result.text = "no administrator has changed anything yet\n";
  return result;
}

CommandResult queue_history(Backend& backend, const CommandArguments& given) {
  const std::int64_t minutes = given.number_or("minutes", 60);
  const QueueId queue = queue_in(backend, given);
  CommandResult result;
  result.json["admissions"] = Json::Value(Json::arrayValue);
  for (const auto& [minute, count] : QueueStore(backend.db).admitted_by_minute(queue, minutes)) {
    result.text += fmt::format("{}  {:>8} admitted\n", minute.rfc3339(), count);
    Json::Value entry(Json::objectValue);
    entry["minute"] = minute.rfc3339();
    entry["admitted"] = json_number(count);
    result.json["admissions"].append(entry);
  }
  if (result.text.empty())
    result.text = fmt::format("nobody was admitted from the queue in the last {}\n",
                              minutes == 1 ? "minute" : count_of(minutes, "minute"));
  add(result, AdminActionStore(backend.db).of_queue(queue, minutes), "changes");
  return result;
}

}  // namespace

std::vector<Command> history_commands() {
  return {
      {.words = "queue history",
       .help = "shows admissions per minute and changes of the queue",
       .options = {queue_option(),
                   number_option("minutes", {1, 60 * kAdmissionsKept_h}, "how far back (60)")},
       .run = queue_history},
      {.words = "admin log",
       .help = "lists what administrators changed, newest first",
       .options = {number_option("limit", {1, 100'000}, "how many (50)")},
       .run = admin_log},
  };
}

}  // namespace concert
