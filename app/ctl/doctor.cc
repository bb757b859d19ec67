#include "ctl/doctor.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "base/log.h"
#include "base/settings_source.h"
#include "service/token_text.h"
#include "store/errors.h"
#include "store/schema.h"

namespace concert {
namespace {

struct Finding {
  const char* subject;
  bool ok;
  std::string text;
};

Finding look_at_schema(Backend& backend) {
  const int version = Schema(backend.db).version();
  const int wanted = Schema::wanted_version();
  if (version == wanted)
    return {"schema", true, fmt::format("version {}, as this program wants.", version)};
  if (version < wanted) {
    return {
        "schema", false,
        fmt::format("version {}, this program wants {}. Run: concertctl migrate", version, wanted)};
  }
  return {"schema", false,
          fmt::format("version {} is newer than this program's {}. Install the newer program.",
                      version, wanted)};
}

Finding look_at_clock(Backend& backend) {
  constexpr std::int64_t kTolerated_ms = 2000;
  const Instant database = backend.db.now();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto skew_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - database.ms;
  if (std::abs(skew_ms) <= kTolerated_ms)
    return {"clock", true, fmt::format("within {} ms of the database's.", skew_ms)};
  return {
      "clock", false,
      fmt::format("{} s off the database's. The service goes by the database's; login tokens and "
                  "logs go by this host's. Set up NTP on both.",
                  skew_ms / 1000)};
}

// A program's own account, and a statement of all that it must be able to read (sql/grants.sql),
// which reads no row: whether all of it may be read is decided before.
struct Account {
  const char* program;
  const char* subject;
  const char* look;
};
constexpr Account kAccounts[] = {
    {"concertd", "concertd account",
     "SELECT 1 FROM schema_migration, concert, concert_date, user, ledger_entry, queue, queue_gap, "
     "queue_admission, token, seat, reservation, reservation_seat, payment, idempotency_key "
     "LIMIT 0"},
    {"concert-cron", "concert-cron account",
     "SELECT 1 FROM queue, queue_gap, queue_admission, token, reservation, reservation_seat, seat, "
     "idempotency_key LIMIT 0"},
};

Finding look_at_account(const Account& account, const std::string& config_file) {
  const std::string file = secret_path(config_file, std::string(account.program) + ".database_url");
  try {
    const Settings settings = Settings::read(config_file, account.program);
    Session(settings.database, nullptr).query(account.look);
    return {account.subject, true, "is let in, and may read what the program reads."};
  } catch (const DatabaseError& error) {
    return {account.subject, false,
            fmt::format("{}. It is that of {}. Give it the rights that it lacks, as the database's "
                        "administrator: sed '/^REVOKE/d' "
                        "/usr/share/concert-reservation/grants.sql | mariadb",
                        error.what(), file)};
  } catch (const DatabaseUnavailable& error) {
    return {account.subject, false,
            fmt::format("{}. Mend {}; for the database of this host concert-setup gives the "
                        "account the password that stands there.",
                        error.what(), file)};
  } catch (const ConfigurationError& error) {
    return {account.subject, false, error.what()};
  }
}

// Those of the other programs, each with a secret of its own. Where a line of the configuration
// gives one account to all, the database has answered to it already.
void look_at_accounts(const Settings& settings, const std::string& config_file,
                      std::vector<Finding>& findings) {
  if (settings.database_secret.empty()) return;
  for (const Account& account : kAccounts) {
    if (has_secret(secret_path(config_file, std::string(account.program) + ".database_url")))
      findings.push_back(look_at_account(account, config_file));
  }
}

Finding look_at_cache(Backend& backend) {
  if (!backend.cache.configured()) {
    return {"memcached", true,
            "none configured: everything works, polls and dates cost database reads."};
  }
  const bool stored = backend.cache.set("doctor", "1", 1) == Cache::Outcome::done;
  if (stored && backend.cache.get({"doctor"}).count("doctor") == 1)
    return {"memcached", true, "answers."};
  return {"memcached", false,
          "does not answer. Everything works, only slower. Check that it runs and that "
          "`memcached_servers` is right."};
}

Finding look_at_token_keys(const Settings& settings) {
  std::string text = fmt::format("signs with {}", fingerprint_of_key(settings.token_key));
  if (!settings.accepted_token_key.empty()) {
    text += fmt::format(" and accepts {} too", fingerprint_of_key(settings.accepted_token_key));
  }
  return {"token keys", true,
          text +
              ", by the files; concertd logs which keys it has in force at its start and at each "
              "reload. Every host must accept the key that another signs with."};
}

Finding look_at_identity(const Settings& settings) {
  if (settings.identity == IdentityMode::open) {
    return {"identity", true,
            "open: everybody may act as anybody. Only for development or behind a gateway that "
            "checks users; otherwise set `identity = jwt`."};
  }
  return {"identity", true, "jwt, with a usable key."};
}

}  // namespace

CommandResult doctor(Backend& backend, const CommandArguments& arguments) {
  set_log_form(LogForm::none);  // the findings say it
  std::vector<Finding> findings{{"configuration", true, "complete."}};
  try {
    backend.db.query("SELECT 1");
    findings.push_back(
        {"database", true, fmt::format("answers at {}.", backend.settings.database.place())});
    const Finding schema = look_at_schema(backend);
    findings.push_back(schema);
    findings.push_back(look_at_clock(backend));
    if (schema.ok) look_at_accounts(backend.settings, arguments.config_file, findings);
  } catch (const DatabaseUnavailable& error) {
    findings.push_back({"database", false,
                        fmt::format("{}. Check that it runs, and `database_url`.", error.what())});
  }
  findings.push_back(look_at_cache(backend));
  findings.push_back(look_at_token_keys(backend.settings));
  findings.push_back(look_at_identity(backend.settings));
  CommandResult result;
  result.json["ok"] = true;
  result.json["findings"] = Json::Value(Json::arrayValue);
  for (const Finding& finding : findings) {
    result.text += fmt::format("{:<5} {:<20} {}\n", finding.ok ? "ok" : "WRONG", finding.subject,
                               finding.text);
    Json::Value entry(Json::objectValue);
    entry["subject"] = finding.subject;
    entry["ok"] = finding.ok;
    entry["detail"] = finding.text;
    result.json["findings"].append(entry);
    if (finding.ok) continue;
    result.json["ok"] = false;
    result.exit_code = 1;
  }
  return result;
}

}  // namespace concert
