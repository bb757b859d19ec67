#include "service/upkeep/installation_watch.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "base/steady_clock.h"
#include "store/session/errors.h"
#include "store/upkeep/installation_store.h"

namespace concert {

InstallationWatch::InstallationWatch(Session& db, Cache& cache) : db_(db), cache_(cache) {
  db_.on_connect([this] { look(); });
}

void InstallationWatch::look_if_due() {
  constexpr std::int64_t kLookEvery_ms = 1000;
  if (!db_.is_connected() || steady_ms() - looked_ms_ < kLookEvery_ms) return;
  try {
    look();
  } catch (const std::exception& error) {
    // A request that needs the database reports that it is away.
    log_info(fmt::format("the installation's id could not be read again: {}", error.what()));
  }
}

void InstallationWatch::look() {
  if (!cache_.configured()) return;
  looked_ms_ = steady_ms();
  try {
    cache_.use_installation(InstallationStore(db_).id().value_or(""));
    note_home();
    has_warned_ = false;
  } catch (const SchemaUnfit& error) {
    cache_.use_installation("");
    // A command looks once, and its own statements say that the schema does not fit.
    if (has_looked_) warn_once(error.what());
  } catch (const DatabaseError& error) {
    cache_.use_installation("");
    warn_once(error.what());
  } catch (const Busy& error) {
    log_info(fmt::format("the installation's id could not be read just now: {}", error.what()));
  }
  has_looked_ = true;
}

void InstallationWatch::warn_once(const std::string& reason) {
  if (!std::exchange(has_warned_, true)) {
    log_warning(
        fmt::format("nothing is cached, so that everything is slower, until the installation's id "
                    "can be read: {}. Run: concertctl migrate, then grants.sql",
                    reason));
  }
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
