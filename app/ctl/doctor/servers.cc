#include <fmt/format.h>

#include <algorithm>
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

// Whether the server at `url` is known to have no installation of this service.
bool is_empty(const DatabaseUrl& url) {
  try {
    return !Session(url, nullptr).has_installation();
  } catch (const std::exception&) {
    return false;  // look_at_server() reports what is wrong
  }
}

// Where one of several has an installation and another has none.
Finding empty_finding(const DatabaseUrl& url) {
  return {kServer, false,
          fmt::format("{} answers, but has nothing of this service: it is empty, or was set up "
                      "again. It is not used. Restore it as a copy of the others, or take it out "
                      "of `database_url`.",
                      url.place())};
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

// The connections of the url's account to its only host, not counting this one and `own`, which is
// an id there, or 0.
std::int64_t connections_to(const DatabaseUrl& url, std::int64_t own) {
  try {
    Session session(url, nullptr);
    auto rows = session.query(R"sql(
        SELECT COUNT(*) FROM information_schema.processlist
        WHERE db = DATABASE() AND user = SUBSTRING_INDEX(USER(), '@', 1)
          AND id NOT IN (CONNECTION_ID(), ?))sql",
                              {own});
    return rows.next() ? rows.number(1) : 0;
  } catch (const std::exception&) {
    return 0;  // look_at_servers() reports what is wrong
  }
}

std::int64_t connection_id(Session& session) {
  auto rows = session.query("SELECT CONNECTION_ID()");
  return rows.next() ? rows.number(1) : 0;
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
  if (url.hosts.size() < 2) return findings;
  std::vector<bool> empty;
  for (std::size_t i = 0; i < url.hosts.size(); ++i) empty.push_back(is_empty(url.only(i)));
  // Before the first migration all are.
  const bool none_has_it = std::find(empty.begin(), empty.end(), false) == empty.end();
  for (std::size_t i = 0; i < url.hosts.size(); ++i) {
    if (empty[i] && !none_has_it) {
      findings.push_back(empty_finding(url.only(i)));
    } else {
      look_at_server(url.only(i), findings);
    }
  }
  return findings;
}

std::vector<Finding> look_at_split(const DatabaseUrl& url, Session* doctor) {
  if (url.hosts.size() < 2) return {};
  const std::int64_t own = doctor == nullptr ? 0 : connection_id(*doctor);
  std::string places;
  int hosts = 0;
  for (std::size_t i = 0; i < url.hosts.size(); ++i) {
    const bool is_its_host = own != 0 && doctor->place() == url.hosts[i].place();
    const std::int64_t count = connections_to(url.only(i), is_its_host ? own : 0);
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
