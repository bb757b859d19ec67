#include "service/upkeep/installation_watch.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "base/steady_clock.h"
#include "store/session/errors.h"
#include "store/upkeep/upkeep_store.h"

namespace concert {

InstallationWatch::InstallationWatch(Session& db, Cache& cache) : db_(db), cache_(cache) {
  db_.on_connect([this] {
    try {
      look();
    } catch (const Busy& error) {
      warn_of_known_id(error.what());
    }
  });
}

void InstallationWatch::look_if_due() {
  if (!db_.is_connected() || !look_timer_.is_due()) return;
  try {
    look();
  } catch (const std::exception& error) {
    warn_of_known_id(error.what());
  }
}

void InstallationWatch::look() {
  if (!cache_.configured()) return;
  look_timer_.look([&] { use_id_of_database(); });
}

void InstallationWatch::use_id_of_database() {
  static constexpr char kNothingCached[] =
      "nothing is cached, so that everything is slower, until the installation's id can be read: "
      "{}. Run: concertctl migrate, then grants.sql";
  try {
    cache_.use_installation(InstallationStore(db_).id().value_or(""));
    has_warned_ = false;
    note_home();
  } catch (const SchemaUnfit& error) {
    cache_.use_installation("");
    // A command looks once, and its own statements say that the schema does not fit.
    if (has_looked_) warn_once(fmt::format(kNothingCached, error.what()));
  } catch (const DatabaseError& error) {
    cache_.use_installation("");
    warn_once(fmt::format(kNothingCached, error.what()));
  }
  has_looked_ = true;
}

void InstallationWatch::warn_of_known_id(const std::string& reason) {
  warn_once(fmt::format(
      "the installation's id could not be read again, and the cache is used under the last known "
      "one, if any: {}. Check: concertctl doctor",
      reason));
}

void InstallationWatch::warn_once(const std::string& text) {
  if (!std::exchange(has_warned_, true)) log_warning(text);
}

void InstallationWatch::note_home() {
  if (noted_ms_ != 0 && steady_ms() - noted_ms_ < HomeCache::kNoteEvery_ms) return;
  noted_ms_ = steady_ms();
  try {
    const Instant now = db_.now();
    const DatabaseIdentity identity = InstallationStore(db_).identity();
    homes_.note({identity.place, identity.cluster, now});
  } catch (const DatabaseError& error) {
    log_info(
        fmt::format("concertctl doctor cannot tell this database from a copy: {}", error.what()));
  }
}

}  // namespace concert
