#include <fmt/format.h>

#include "base/command_line.h"
#include "base/wording.h"
#include "ctl/commands/command.h"
#include "ctl/doctor/doctor.h"
#include "store/admin/admin_action_store.h"
#include "store/admin/audit_store.h"
#include "store/session/schema.h"
#include "store/session/transaction.h"
#include "store/upkeep/upkeep_store.h"

namespace concert {
namespace {

CommandResult migrate(Backend& backend, const CommandArguments&) {
  Schema schema(backend.db);
  CommandResult result;
  result.json["applied"] = Json::Value(Json::arrayValue);
  try {
    for (const Migration& migration : schema.migrate()) {
      result.text += fmt::format("applied {}\n", migration.name);
      result.json["applied"].append(migration.name);
    }
  } catch (const SchemaTooNew& error) {
    throw CommandRefused(error.what());
  }
  if (result.text.empty()) result.text = "nothing to do\n";
  result.json["version"] = Schema::wanted_version();
  return result;
}

CommandResult run_audit(Backend& backend, const CommandArguments&) {
  const std::vector<Breach> breaches =
      AuditStore(backend.db).breaches(backend.settings.active_limit);
  CommandResult result;
  result.exit_code = breaches.empty() ? kExitDone : kExitRefused;
  result.json["ok"] = breaches.empty();
  result.json["breaches"] = Json::Value(Json::arrayValue);
  for (const Breach& breach : breaches) {
    result.text +=
        fmt::format("BREACH {}: {}: {}\n", breach.invariant, breach.detail, few_of(breach.ids));
    Json::Value entry(Json::objectValue);
    entry["invariant"] = breach.invariant;
    entry["detail"] = breach.detail;
    entry["ids"] = Json::Value(Json::arrayValue);
    for (const std::string& id : breach.ids) entry["ids"].append(id);
    result.json["breaches"].append(entry);
  }
  if (breaches.empty()) result.text = "every invariant holds\n";
  return result;
}

CommandResult renew(Backend& backend, const CommandArguments& given) {
  const std::string before = InstallationStore(backend.db).id().value_or("");
  const std::string after = run_transaction(backend.db, [&] {
    std::string id = InstallationStore(backend.db).renew();
    AdminActionStore(backend.db)
        .append(action_of(given),
                fmt::format(R"({{"installationId":"{}","before":"{}"}})", id, before));
    return id;
  });
  CommandResult result;
  result.text = fmt::format(
      "This installation's id in memcached is {}; it was {}. Running programs use it within a "
      "second, without a restart or a reload. They read what was cached from the database again.\n",
      after, before);
  result.json["installationId"] = after;
  return result;
}

}  // namespace

std::vector<Command> operation_commands() {
  return {
      {.words = "migrate",
       .help = "brings the schema up to date; changes nothing if it is",
       .run = migrate},
      {.words = "doctor",
       .help = "says what is wrong with the installation and what to do",
       .run = doctor},
      {.words = "audit",
       .help = "checks every invariant of the data; names each breach, with exit 1",
       .run = run_audit},
  };
}

std::vector<Command> installation_commands() {
  return {
      {.words = "installation renew",
       .help = "gives a copied database an id of its own in memcached; what is cached is forgotten",
       .run = renew,
       .why = Why::optional},
  };
}

}  // namespace concert
