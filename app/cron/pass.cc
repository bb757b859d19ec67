#include "cron/pass.h"

#include <chrono>
#include <ctime>

#include "base/command_line.h"
#include "base/log.h"
#include "report/cron_report.h"
#include "service/backend.h"
#include "service/upkeep/maintain.h"
#include "store/session/failure.h"

namespace concert {

namespace {

int run_and_note(const Settings& settings, CronReport& report) {
  try {
    Backend backend(settings, nullptr);
    const PassResult result = Maintain(backend.db, backend.queue_cache, settings).run();
    report.did = result;
    report.outcome = PassOutcome::done;
    if (result.admitted != 0 ||
        result.holds_expired + result.active_expired + result.waiting_expired != 0) {
      log_info(describe(result));
    }
    return kExitDone;
  } catch (const std::exception& error) {
    const Failure& failure = failure_of(error);
    const bool has_failed = failure.exit_code != kExitTryAgain;
    if (!has_failed) report.outcome = PassOutcome::cut_short;
    log_failure(has_failed ? "the pass failed; nobody is admitted until a pass succeeds"
                           : "the pass was cut short; the next pass continues",
                error);
    return failure.exit_code;
  }
}

// Cache entries are sealed with the token key. Without it (KeyCheck::own) no reader would accept
// them, so a worker publishes each queue's state, up to 5 s later.
Settings with_cache_if_it_can_seal(Settings settings) {
  if (settings.token_key.empty()) settings.memcached_servers.clear();
  return settings;
}

}  // namespace

void report_kept_configuration(const Settings& settings) {
  send_report(report_socket_path(settings.listen_socket), std::string(kKeptConfigurationReport));
}

int run_pass(const Settings& settings) {
  using std::chrono::steady_clock;
  const auto begun = steady_clock::now();
  CronReport report;
  const int code = run_and_note(with_cache_if_it_can_seal(settings), report);
  const auto taken = steady_clock::now() - begun;
  report.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
  report.ended_at_s = std::time(nullptr);
  send_report(report_socket_path(settings.listen_socket), to_text(report));
  return code;
}

}  // namespace concert
