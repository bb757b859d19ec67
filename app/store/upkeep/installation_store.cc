#include "store/upkeep/installation_store.h"

#include "domain/check.h"

namespace concert {

std::optional<std::string> InstallationStore::id() {
  auto rows = session_.query("SELECT installation_id FROM installation");
  if (!rows.next()) return std::nullopt;
  return rows.text(1);
}

std::string InstallationStore::renew() {
  session_.execute(R"sql(
      UPDATE installation SET installation_id = LOWER(HEX(RANDOM_BYTES(8)))
      WHERE the_only = 1)sql");
  const auto renewed = id();
  check(renewed.has_value(), "the migration has given the installation its row");
  return *renewed;
}

DatabaseIdentity InstallationStore::identity() {
  DatabaseIdentity identity;
  auto place = session_.query(
      "SELECT CONCAT(DATABASE(), ' on ', @@GLOBAL.hostname, ':', @@GLOBAL.port, ', data in ', "
      "@@GLOBAL.datadir)");
  check(place.next(), "the server's variables have a row");
  identity.place = place.text(1);
  // A variable that the server does not know is not in its answer.
  auto galera = session_.query("SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'");
  if (galera.next()) identity.cluster = galera.text(2);
  auto group = session_.query("SHOW GLOBAL VARIABLES LIKE 'group_replication_group_name'");
  if (group.next()) identity.cluster += group.text(2);
  return identity;
}

}  // namespace concert
