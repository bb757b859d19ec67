#include "ctl/doctor/doctor.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "service/access/token_text.h"
#include "store/session/errors.h"
#include "store/session/schema.h"

namespace concert {
namespace {

// Whether the account may read the schema's version. The server shows no table to an account that
// has no right on it.
bool may_see_schema(Backend& backend) {
  try {
    backend.db.query("SELECT 1 FROM schema_migration LIMIT 0");
  } catch (const RightMissing&) {
    return false;
  } catch (const DatabaseError&) {
    return true;  // the table does not exist
  }
  return true;
}

// What makes a read-only host writable.
std::string cure_of(const HostState& state) {
  const std::string& variable = state.read_only_by;
  if (variable.starts_with("innodb")) return fmt::format("start it without {}.", variable);
  if (state.is_of_init_connect)
    return fmt::format("take {} out of its `init_connect`, which sets it in each session.",
                       variable);
  return fmt::format("run there: SET GLOBAL {} = OFF", variable);
}

Finding look_at_database(Backend& backend) {
  const HostState state = backend.db.host_state();
  const std::string place = backend.db.place();
  if (!state.is_read_only()) return {"database", true, fmt::format("answers at {}.", place)};
  return {
      "database", false,
      fmt::format("{} is read-only{}: every write is refused. Is it a replica, or has an "
                  "administrator set `{}`? Name the primary in `database_url`, or, if "
                  "this host is to be the primary, {}",
                  place,
                  backend.settings.database.hosts.size() > 1
                      ? ", and no other host of `database_url` can be written to"
                      : "",
                  state.is_of_init_connect ? "init_connect" : state.read_only_by, cure_of(state))};
}

// Adds nothing without the right to read it: the account's finding names the missing right.
void add_installation(Backend& backend, std::vector<Finding>& findings) {
  try {
    findings.push_back(look_at_installation(backend));
  } catch (const RightMissing&) {
    return;
  }
}

// Every worker keeps a connection of its own.
Finding look_at_connections(Backend& backend) {
  constexpr std::int64_t kForOthers = 10;  // the cron, administrators, monitoring
  auto rows = backend.db.query("SELECT @@GLOBAL.max_connections");
  rows.next();
  const std::int64_t most = rows.number(1);
  const std::int64_t workers = backend.settings.workers;
  const bool ok = most >= workers + kForOthers;
  return {"connections", ok,
          fmt::format("the database allows {}; this host's {} one each.{}", most,
                      workers == 1 ? "worker keeps" : fmt::format("{} workers keep", workers),
                      ok ? ""
                         : fmt::format(" Raise its `max_connections` to the workers of all hosts "
                                       "plus {}, or lower `workers`.",
                                       kForOthers))};
}

Finding look_at_schema(Backend& backend) {
  const int version = Schema(backend.db).version();
  const int wanted = Schema::wanted_version();
  if (version == wanted)
    return {"schema", true, fmt::format("version {}, as this program needs.", version)};
  if (version < wanted) {
    return {
        "schema", false,
        fmt::format("version {}, this program needs {}. Run: concertctl migrate", version, wanted)};
  }
  return {"schema", false,
          fmt::format("version {} is newer than this program's {}. Install the newer program.",
                      version, wanted)};
}

Finding look_at_clock(Backend& backend) {
  const std::int64_t skew = skew_ms(backend.db);
  if (std::abs(skew) <= kToleratedSkew_ms)
    return {"clock", true, fmt::format("within {} ms of the database's.", std::abs(skew))};
  return {
      "clock", false,
      fmt::format("{} s off the database's. The service uses the database's clock; login tokens "
                  "and logs use this host's. Set up NTP on both.",
                  skew / 1000)};
}

void look_at_each_server(Backend& backend, const std::string& config_file,
                         std::vector<Finding>& findings) {
  for (Finding& finding : look_at_servers(backend.settings.database))
    findings.push_back(std::move(finding));
  try {
    // Only concertd's own account sees its connections.
    const DatabaseUrl service = Settings::read(config_file, "concertd").database;
    for (Finding& finding : look_at_split(service, &backend.db))
      findings.push_back(std::move(finding));
  } catch (const ConfigurationError&) {
    return;  // a host may have only concertctl
  }
}

// The servers that do not answer. Those are asked again, so that one slow answer on a busy host is
// no finding; all of them between the same two pauses.
std::set<const CacheServer*> silent(std::vector<CacheServer>& servers) {
  std::set<const CacheServer*> left;
  for (CacheServer& server : servers) left.insert(&server);
  for (int attempt = 1; attempt <= 3 && !left.empty(); ++attempt) {
    for (CacheServer& server : servers) {
      if (left.count(&server) == 0) continue;
      while (server.away()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (server.set("doctor", "1", 1) == CacheOutcome::done) left.erase(&server);
    }
  }
  return left;
}

void look_at_cache(Backend& backend, std::vector<Finding>& findings) {
  if (!backend.cache.configured()) {
    findings.push_back({"memcached", true,
                        "none configured: everything works; polls and dates cost database reads."});
  }
  const auto away = silent(backend.cache.servers());
  for (const CacheServer& server : backend.cache.servers()) {
    if (away.count(&server) == 0) {
      findings.push_back({"memcached", true, fmt::format("answers at {}.", server.name())});
      continue;
    }
    findings.push_back(
        {"memcached", false,
         fmt::format("does not answer at {}. Everything works, only slower. Check that it runs and "
                     "that `memcached_servers` is right.",
                     server.name())});
  }
}

Finding look_at_token_keys(const Settings& settings) {
  std::string text = fmt::format("signs with {}", fingerprint_of_key(settings.token_key));
  if (!settings.accepted_token_key.empty()) {
    text += fmt::format(" and accepts {} too", fingerprint_of_key(settings.accepted_token_key));
  }
  return {"token keys", true,
          text +
              ", according to the files; concertd logs the keys in force at its start and at each "
              "reload. Every host must accept the key that another host signs with."};
}

// The word before a finding, and its `grade` in JSON.
const char* grade(const Finding& finding) {
  if (finding.ok) return "ok";
  return finding.is_open ? "OPEN" : "WRONG";
}

}  // namespace

CommandResult doctor(Backend& backend, const CommandArguments& arguments) {
  set_log_form(LogForm::none);  // the findings report it
  std::vector<Finding> findings = look_at_configuration(arguments.config_file);
  const char* part = "database";
  try {
    findings.push_back(look_at_database(backend));
    const bool is_writable = findings.back().ok;
    part = "schema";
    if (may_see_schema(backend)) findings.push_back(look_at_schema(backend));
    part = "database";
    // The rights are checked against the schema that this program needs; on a read-only server they
    // cannot be checked.
    const bool fits = is_writable && findings.back().ok;
    findings.push_back(look_at_connections(backend));
    findings.push_back(look_at_clock(backend));
    if (fits) {
      add_installation(backend, findings);
      for (Finding& finding : look_at_accounts(backend.settings, arguments.config_file))
        findings.push_back(std::move(finding));
    }
  } catch (const DatabaseUnavailable& error) {
    findings.push_back(
        {"database", false,
         fmt::format("{}. Check that the server runs, `database_url`, and that the account "
                     "has its rights (grants.sql).",
                     error.what())});
  } catch (const DatabaseError& error) {
    findings.push_back(
        {part, false,
         fmt::format("could not be checked: {}. Was something changed by hand? Restore "
                     "it, or ask the database's administrator.",
                     error.what())});
  } catch (const Busy& error) {
    findings.push_back(
        {"schema", false,
         fmt::format("could not be read: {}. Another session has a table locked; run the "
                     "doctor again when that session is done.",
                     error.what())});
  }
  look_at_each_server(backend, arguments.config_file, findings);
  look_at_cache(backend, findings);
  findings.push_back(look_at_token_keys(backend.settings));
  for (Finding& finding : look_at_openness(backend.settings))
    findings.push_back(std::move(finding));
  CommandResult result;
  result.json["ok"] = true;
  result.json["findings"] = Json::Value(Json::arrayValue);
  for (Finding& finding : findings) {
    finding.text = escaped(finding.text);  // a server may have written a part of it
    result.text += fmt::format("{:<5} {:<20} {}\n", grade(finding), finding.subject, finding.text);
    Json::Value entry(Json::objectValue);
    entry["subject"] = finding.subject;
    entry["ok"] = finding.ok;
    entry["grade"] = grade(finding);
    entry["detail"] = finding.text;
    result.json["findings"].append(entry);
    if (finding.ok || finding.is_open) continue;
    result.json["ok"] = false;
    result.exit_code = 1;
  }
  return result;
}

}  // namespace concert
