#include "store/upkeep/upkeep_store.h"

#include "domain/check.h"
#include "domain/retention.h"
#include "domain/token.h"

namespace concert {

Due UpkeepStore::due(QueueId queue, const KeptSince& kept) {
  auto rows = session_.query(
      R"sql(
      SELECT EXISTS (SELECT 1 FROM token WHERE queue_id = ? AND state = 'ACTIVE' AND expires_at <= NOW(3)),
             EXISTS (SELECT 1 FROM token WHERE queue_id = ? AND state = 'WAITING' AND expires_at <= NOW(3)),
             EXISTS (SELECT 1 FROM reservation WHERE state = 'HELD' AND held_until <= NOW(3)),
             EXISTS (SELECT 1 FROM idempotency_key WHERE created_at <= NOW(3) - INTERVAL ? HOUR)
             OR EXISTS (SELECT 1 FROM token WHERE ended_at < ? AND queue_id = ? AND (seq IS NULL OR seq < ?))
             OR EXISTS (SELECT 1 FROM records_token WHERE issued_at < NOW(3) - INTERVAL ? MICROSECOND)
             OR EXISTS (SELECT 1 FROM queue_admission WHERE admitted_at < ?)
             OR EXISTS (SELECT 1 FROM queue_gap WHERE queue_id = ? AND level = 1 AND block < ?)
             OR EXISTS (SELECT 1 FROM queue_gap WHERE queue_id = ? AND level = 2 AND block < ?)
             OR EXISTS (SELECT 1 FROM reservation WHERE state = 'EXPIRED' AND ended_at < ?)
             OR EXISTS (SELECT 1 FROM reservation WHERE state = 'RELEASED' AND ended_at < ?))sql",
      {queue, queue, kIdempotencyKept_h, kept.tokens_ended, queue, kept.first_kept_seq(),
       kLongestTokenLife_ms * 1000, kept.admissions, queue, block_of(kept.place), queue,
       superblock_of(kept.place), kept.reservations_ended, kept.reservations_ended});
  check(rows.next(), "a SELECT of values has a row");
  return {rows.number(1) != 0, rows.number(2) != 0, rows.number(3) != 0, rows.number(4) != 0};
}

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
