#include "ctl/doctor/installation.h"

#include <fmt/format.h>

#include "ctl/commands/administrator.h"
#include "ctl/commands/command.h"
#include "store/admin/admin_action_store.h"
#include "store/session/transaction.h"
#include "store/upkeep/installation_store.h"

namespace concert {
namespace {

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
      "This installation's id in memcached is {} now, and was {}. Running programs go by it within "
      "a second; nothing is to be restarted or reloaded. What is cached is read from the database "
      "once more.\n",
      after, before);
  result.json["installationId"] = after;
  return result;
}

}  // namespace

bool is_same_database(const Home& home, const DatabaseIdentity& own) {
  return home.place == own.place || (!own.cluster.empty() && home.cluster == own.cluster);
}

Finding look_at_installation(Backend& backend) {
  const std::string id = InstallationStore(backend.db).id().value_or("");
  if (id.empty()) {
    return {"installation", false,
            "the table `installation` has no row, so nothing is cached. Give it one: INSERT INTO "
            "installation VALUES (1, LOWER(HEX(RANDOM_BYTES(8))))"};
  }
  const DatabaseIdentity own = InstallationStore(backend.db).identity();
  for (const Home& home : HomeCache(backend.cache).lately(backend.db.now())) {
    if (is_same_database(home, own)) continue;
    return {"installation", false,
            fmt::format(
                "the database {} has the same id, {}, as this one, {}, and was used with the same "
                "memcached in the last minute. If one is a copy, each may answer with what the "
                "other has cached: run `concertctl installation renew` on the copy. If a server "
                "has just handed over to the other, look again in a minute.",
                home.place, id, own.place)};
  }
  return {"installation", true, fmt::format("its id in memcached is {}.", id)};
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
