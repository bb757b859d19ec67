#include <fmt/format.h>

#include <optional>

#include "base/command_line.h"
#include "base/input_output.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "http/response.h"
#include "http/routes.h"
#include "report/counters.h"
#include "report/cron_report.h"
#include "service/access/token_text.h"
#include "settings/settings.h"
#include "worker/listener.h"
#include "worker/master.h"
#include "worker/report_socket.h"
#include "worker/serve.h"

namespace concert {
namespace {

Settings read_settings(const std::string& file) { return Settings::read(file, "concertd"); }

// Logs which keys are in force, so that an administrator can follow a change of keys from host to
// host.
void log_token_keys(const Settings& settings) {
  std::string text =
      fmt::format("queue tokens are signed with key {}", fingerprint_of_key(settings.token_key));
  if (!settings.accepted_token_key.empty()) {
    text += fmt::format("; those of key {} are accepted too",
                        fingerprint_of_key(settings.accepted_token_key));
  }
  log_info(text + ".");
}

void warn_of_identity(const Settings& settings) {
  if (settings.identity == IdentityMode::open && !settings.open_is_meant.identity) {
    log_warning(
        "`identity` is open: everybody may take a token as anybody. Set `identity = jwt`. For "
        "development, or behind a gateway that checks users, set `open_is_meant = identity`.");
  }
  if (settings.identity == IdentityMode::jwt && settings.identity_audience.empty() &&
      !settings.open_is_meant.identity) {
    log_warning(
        "`identity_audience` is empty: a login that was issued for another service is accepted "
        "too. Set it to the `aud` of your logins; if they name no service, set `open_is_meant = "
        "identity`.");
  }
}

void warn_of_charging(const Settings& settings) {
  if (settings.charging == ChargingMode::open && !settings.open_is_meant.charging) {
    log_warning(
        "`charging` is open: everybody may add points to a balance, for nothing. Set `charging = "
        "voucher`, or off. For development set `open_is_meant = charging`.");
  }
  if (settings.charging == ChargingMode::voucher && settings.charge_key.empty()) {
    log_warning(
        "`charging` is voucher, but there is no key of the payment service: every charge is "
        "refused "
        "(VOUCHER_INVALID). Name its file in `charge_key_file`, or make it the secret charge.key. "
        "If "
        "nobody is to charge, set `charging = off`.");
  }
}

void warn_of_tickets(const Settings& settings) {
  if (!settings.ticket_key.empty()) return;
  log_warning(
      "there is no key to sign tickets with: nobody gets a ticket (TICKETS_UNAVAILABLE). Run "
      "concert-setup, which makes the secret ticket.key, or name a key's file in "
      "`ticket_key_file`; it is the same on every host. Then restart concertd.");
}

void run(const std::string& config_file) {
  Settings settings = read_settings(config_file);
  warn_of_identity(settings);
  warn_of_charging(settings);
  warn_of_tickets(settings);
  log_token_keys(settings);
  Metrics metrics(route_names(), problem_codes(), counted_cells());
  set_log_metrics(&metrics);
  const Listener listener(settings.listen_socket);
  Turn turn;
  ReportSocket reports(listener.report_fd(), report_socket_path(settings.listen_socket),
                       settings.nginx_answers_log, metrics);
  Master::Plan plan;
  plan.watched_fd = reports.fd();
  plan.on_readable = [&] { reports.take(); };
  plan.workers = static_cast<int>(settings.workers);
  plan.work = [&](int worker) { return serve(listener.fd(), worker, settings, metrics, turn); };
  plan.reload = [&]() -> std::optional<int> {
    try {
      settings = read_settings(config_file);
    } catch (const ConfigurationError& error) {
      log_error(
          fmt::format("the new configuration is wrong; the old one stays in force and no worker "
                      "is replaced: {}",
                      error.what()));
      return std::nullopt;
    }
    log_token_keys(settings);
    return static_cast<int>(settings.workers);
  };
  Master(std::move(plan), metrics).run();
}

}  // namespace
}  // namespace concert

int main(int argc, char** argv) {
  using namespace concert;
  guard_standard_streams();
  set_log_program("concertd");
  const CommandLine line =
      read_command_line(argc, argv, "concertd - the concert reservation service (FastCGI)");
  if (line.exit_now) return line.exit_code;
  try {
    if (line.check_config) {
      read_settings(line.config_file);
      return print_answer("concertd", kConfigurationGood);
    }
    run(line.config_file);
    return kExitDone;
  } catch (const ConfigurationError& error) {
    print_error(fmt::format("concertd: {}", error.what()));
    return kExitConfiguration;
  } catch (const std::exception& error) {
    log_error(fmt::format("cannot start: {}", error.what()));
    return kExitRefused;
  }
}
