#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <regex>

#include "base/settings_source.h"
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/rights.h"
#include "store/session/errors.h"

namespace concert {
namespace {

struct ProgramAccount {
  const char* subject;
  const char* program;
  const char* name;  // in grants.sql; empty: one account for all programs
};
constexpr ProgramAccount kConcertctl{"concertctl account", "concertctl", "concert_ctl"};
constexpr ProgramAccount kOwn[] = {
    kConcertctl,
    {"concertd account", "concertd", "concert"},
    {"concert-cron account", "concert-cron", "concert_cron"},
};
constexpr ProgramAccount kOfAll{"database account", "concertctl", ""};

// The command that gives the account the rights of grants.sql, whatever its name and host are.
std::string remedy(const std::string& account, const std::string& user, const std::string& host) {
  return fmt::format(
      "Give it its rights, as the database's administrator: "
      "sed -n \"/^GRANT/s|'{}'@'localhost'|'{}'@'{}'|p\" "
      "/usr/share/concert-reservation/grants.sql | mariadb",
      account.empty() ? "concert[a-z_]*" : account, user, host);
}

std::string remedy_for_session(const std::string& account, Session& session) {
  auto rows = session.query("SELECT CURRENT_USER()");
  rows.next();
  const std::string user = rows.text(1);
  const auto at = user.rfind('@');
  return remedy(account, user.substr(0, at), user.substr(at + 1));
}

// The server refuses the login of an account without any right on the database and names the
// account in the error.
std::optional<std::string> remedy_for_stranger(const std::string& account,
                                               const std::string& error) {
  static const std::regex denial(R"(for user '([^']*)'@'([^']*)' to database.*\(error 1044\))");
  std::smatch named;
  if (!std::regex_search(error, named, denial)) return std::nullopt;
  return remedy(account, named[1], named[2]);
}

Finding look_at_rights(const ProgramAccount& account, Session& session, const std::string& file) {
  const Lack lack = find_lack(session, rights_of(account.name));
  if (lack.rights.empty())
    return {account.subject, true, "can log in and has the rights of grants.sql."};
  return {account.subject, false,
          fmt::format("lacks {} ({}). It is the account of {}. {}", text_of(lack.rights),
                      lack.denial, file, remedy_for_session(account.name, session))};
}

Finding look_at_account(const ProgramAccount& account, const std::string& config_file) {
  std::string file = secret_path(config_file, std::string(account.program) + ".database_url");
  try {
    const Settings settings = Settings::read(config_file, account.program);
    if (settings.database_secret.empty()) file = "`database_url`";
    Session session(settings.database, nullptr);
    return look_at_rights(account, session, file);
  } catch (const DatabaseError& error) {
    return {account.subject, false,
            fmt::format("{}. It is the account of {}.", error.what(), file)};
  } catch (const Busy& error) {
    return {account.subject, false,
            fmt::format("could not be tried: {}. A migration, a backup or an administrator has a "
                        "table locked; ask again when that is done.",
                        error.what())};
  } catch (const DatabaseUnavailable& error) {
    if (const auto remedy = remedy_for_stranger(account.name, error.what()))
      return {account.subject, false,
              fmt::format("{}. It is the account of {}. {}", error.what(), file, *remedy)};
    return {account.subject, false,
            fmt::format("{}. Mend {}; for the database of this host concert-setup gives the "
                        "account the password in it, and its rights.",
                        error.what(), file)};
  } catch (const ConfigurationError& error) {
    return {account.subject, false, error.what()};
  }
}

}  // namespace

std::vector<Finding> look_at_accounts(const Settings& settings, const std::string& config_file) {
  // An environment is that of this program only; a line of the configuration is read by all.
  if (std::getenv("CONCERT_DATABASE_URL") != nullptr)
    return {look_at_account(kConcertctl, config_file)};
  if (settings.database_secret.empty()) return {look_at_account(kOfAll, config_file)};
  std::vector<Finding> findings;
  for (const ProgramAccount& account : kOwn) {
    if (has_secret(secret_path(config_file, std::string(account.program) + ".database_url")))
      findings.push_back(look_at_account(account, config_file));
  }
  return findings;
}

}  // namespace concert
