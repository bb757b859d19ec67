#include <fmt/format.h>

#include "ctl/doctor/doctor.h"
#include "settings/kept_configuration.h"

namespace concert {

std::string describe_kept_configuration(const std::string& config_file) {
  const std::string refusal = KeptConfiguration::last_refusal(state_directory_of(config_file));
  if (refusal.empty()) return "";
  return fmt::format(
      "the last pass of concert-cron used its copy of the last good configuration, because the "
      "file "
      "is wrong: {} Correct it; the next pass reads the file again.",
      refusal);
}

std::vector<Finding> look_at_configuration(const std::string& config_file) {
  std::vector<Finding> findings{{"configuration", true, "complete."}};
  const std::string kept = describe_kept_configuration(config_file);
  if (!kept.empty()) findings.push_back({"concert-cron", false, kept});
  return findings;
}

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
    return {
        "installation", false,
        fmt::format(
            "the database {} has the same id, {}, as this one, {}, and used the same memcached in "
            "the last minute. If one is a copy, each may answer with entries that the other "
            "cached: run `concertctl installation renew` on the copy. After a failover from one "
            "to the other, run the doctor again in a minute.",
            home.place, id, own.place)};
  }
  return {"installation", true, fmt::format("its id in memcached is {}.", id)};
}

}  // namespace concert
