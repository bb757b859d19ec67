#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include "ctl/doctor/doctor.h"
#include "store/session/errors.h"
#include "store/session/session.h"

namespace concert {
namespace {

constexpr const char* kServer = "server";

std::string role_of(const HostState& state) {
  std::string role = state.is_read_only() ? fmt::format("read-only (`{}`)", state.read_only_by)
                                          : "may be written to";
  if (state.cluster == HostState::Cluster::galera) role += ", in its Galera cluster";
  if (state.cluster == HostState::Cluster::group_replication) role += ", in its group";
  return role;
}

Finding look_at_state(Session& session) {
  const HostState state = session.host_state();
  const std::string place = session.place();
  if (!state.not_ready.empty()) {
    return {
        kServer, false,
        fmt::format("{} answers but refuses service: {}. Bring it back into its cluster, or take "
                    "it out of `database_url`.",
                    place, state.not_ready)};
  }
  const std::int64_t skew = skew_ms(session);
  if (std::abs(skew) > kToleratedSkew_ms) {
    return {kServer, false,
            fmt::format("{} {}; its clock is {} s off this host's. Holds and tokens expire by the "
                        "clock of the server in use. Set up NTP on both.",
                        place, role_of(state), skew / 1000)};
  }
  return {kServer, true,
          fmt::format("{} {}; its clock is within {} ms.", place, role_of(state), std::abs(skew))};
}

std::map<std::string, std::string> durability_of(Session& session) {
  auto rows = session.query(R"sql(
      SHOW GLOBAL VARIABLES WHERE Variable_name IN
      ('innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'log_bin', 'sync_binlog'))sql");
  std::map<std::string, std::string> values;
  while (rows.next()) values[rows.text(1)] = rows.text(2);
  return values;
}

// Settings with which the server can lose what it has acknowledged.
std::vector<Finding> look_at_durability(Session& session) {
  auto values = durability_of(session);
  std::vector<Finding> findings;
  const auto add = [&](const char* name, const char* wanted, const char* meaning) {
    findings.push_back({kServer, false,
                        fmt::format("{} has {} = {}: {}. Set it to {} (docs/operating.md, Tuning).",
                                    session.place(), name, values[name], meaning, wanted),
                        true});
  };
  const std::string& flush = values["innodb_flush_log_at_trx_commit"];
  if (flush != "1" && flush != "3") {
    add("innodb_flush_log_at_trx_commit", "1",
        "when its machine loses power, acknowledged payments of the last second are lost");
  }
  if (values["log_bin"] == "ON" && values["sync_binlog"] != "1") {
    add("sync_binlog", "1", "when its machine loses power, a replica may have different data");
  }
  if (values["innodb_doublewrite"] == "OFF") {
    add("innodb_doublewrite", "ON", "when its machine loses power, a half-written page is lost");
  }
  return findings;
}

void look_at_server(const DatabaseUrl& url, std::vector<Finding>& findings) {
  try {
    Session session(url, nullptr);
    findings.push_back(look_at_state(session));
    for (Finding& finding : look_at_durability(session)) findings.push_back(std::move(finding));
  } catch (const DatabaseUnavailable& error) {
    findings.push_back({kServer, false,
                        fmt::format("{}. Repair it, or take it out of `database_url`: each new "
                                    "connection may wait for it.",
                                    error.what())});
  } catch (const std::exception& error) {
    findings.push_back(
        {kServer, false,
         fmt::format("{} does not report its state: {}.", url.place(), error.what())});
  }
}

// The doctor's other findings report whether it answers, its role and its clock.
void look_at_only_server(const DatabaseUrl& url, std::vector<Finding>& findings) {
  try {
    Session session(url, nullptr);
    if (!session.host_state().not_ready.empty()) findings.push_back(look_at_state(session));
    for (Finding& finding : look_at_durability(session)) findings.push_back(std::move(finding));
  } catch (const std::exception&) {
    return;
  }
}

// The connections of the url's account to its only host, not counting this one.
std::int64_t connections_to(const DatabaseUrl& url) {
  try {
    Session session(url, nullptr);
    auto rows = session.query(R"sql(
        SELECT COUNT(*) FROM information_schema.processlist
        WHERE db = DATABASE() AND user = SUBSTRING_INDEX(USER(), '@', 1)
          AND id <> CONNECTION_ID())sql");
    return rows.next() ? rows.number(1) : 0;
  } catch (const std::exception&) {
    return 0;  // look_at_servers() reports what is wrong
  }
}

}  // namespace

std::int64_t skew_ms(Session& session) {
  const Instant server = session.now();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - server.ms;
}

std::vector<Finding> look_at_servers(const DatabaseUrl& url) {
  std::vector<Finding> findings;
  if (url.hosts.size() < 2) look_at_only_server(url, findings);
  for (std::size_t i = 0; url.hosts.size() > 1 && i < url.hosts.size(); ++i)
    look_at_server(url.only(i), findings);
  return findings;
}

std::vector<Finding> look_at_split(const DatabaseUrl& url) {
  if (url.hosts.size() < 2) return {};
  std::string places;
  int hosts = 0;
  for (std::size_t i = 0; i < url.hosts.size(); ++i) {
    const std::int64_t count = connections_to(url.only(i));
    if (count == 0) continue;
    places += fmt::format("{}{} to {}", hosts == 0 ? "" : ", ", count, url.hosts[i].place());
    ++hosts;
  }
  if (hosts < 2) {
    return {
        {"writes", true,
         hosts == 0 ? "no connection of concertd is open." : "go to one host: " + places + "."}};
  }
  return {
      {"writes", false,
       fmt::format("are split: connections of concertd go {}. Within seconds all should go to the "
                   "first host that is ready: run the doctor again. If they stay split, give all "
                   "application hosts the same `database_url`, and check which database host "
                   "each of them reaches.",
                   places)}};
}

}  // namespace concert
