#pragma once

#include <string>
#include <vector>

#include "cache/home_cache.h"
#include "ctl/commands/command.h"
#include "service/backend.h"
#include "settings/settings.h"
#include "store/session/database_url.h"
#include "store/upkeep/upkeep_store.h"

namespace concert {

// The state of one thing that the service needs.
struct Finding {
  const char* subject;
  bool ok;
  std::string text;
  // Open, or not yet set up, as installed; but not broken: the exit code stays 0.
  bool is_open = false;
};

// Checks everything that the service needs and says what is wrong and what to do. The exit code is
// 1 if something is wrong, otherwise 0, even if something is open.
CommandResult doctor(Backend& backend, const CommandArguments& arguments);

// A sentence on why this host's concert-cron uses its copy of the last good configuration. Empty:
// it does not, or that is not known.
std::string describe_kept_configuration(const std::string& config_file);

// The findings about a configuration that was read without a mistake.
std::vector<Finding> look_at_configuration(const std::string& config_file);

// Whether each program's database account can log in and has the rights of sql/grants.sql: of every
// program with a secret of its own on this host, or the one account that the configuration names.
std::vector<Finding> look_at_accounts(const Settings& settings, const std::string& config_file);

// Whether both are the same database. Two nodes of one cluster are.
bool is_same_database(const Home& home, const DatabaseIdentity& own);

// Whether no other database uses this installation's id in memcached. Another one is found if one
// of its programs used the same memcached in the last minute.
Finding look_at_installation(Backend& backend);

// This host's clock minus the server's, and how far off it may be without a finding.
std::int64_t skew_ms(Session& session);
inline constexpr std::int64_t kToleratedSkew_ms = 2000;

// For each host of the url: whether it answers, its role, its clock, and settings with which it can
// lose what it has acknowledged (is_open).
std::vector<Finding> look_at_servers(const DatabaseUrl& url);

// Whether all connections of the url's account, concertd's, go to one host. Empty for a url with
// one host. The connection of `doctor`, the caller's own session, is not counted.
std::vector<Finding> look_at_split(const DatabaseUrl& url, Session* doctor = nullptr);

// Identity, charging, the key of the tickets, rate limits and HTTPS, each open or not set up as
// installed. What is open and not declared in `open_is_meant` is a finding with is_open. Sends
// requests to the site at `site_url`.
std::vector<Finding> look_at_openness(const Settings& settings);

}  // namespace concert
