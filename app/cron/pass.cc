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

int run_and_note(const Settings& settings, CronReport& note) {
  try {
    Backend backend(settings, nullptr);
    const PassResult report = Maintain(backend.db, backend.queue_cache, settings).run();
    note.did = report;
    note.outcome = PassOutcome::done;
    if (report.admitted != 0 ||
        report.holds_expired + report.active_expired + report.waiting_expired != 0) {
      log_info(describe(report));
    }
    return kExitDone;
  } catch (const std::exception& error) {
    const Failure& failure = failure_of(error);
    const bool is_over = failure.exit_code != kExitTryAgain;
    if (!is_over) note.outcome = PassOutcome::cut_short;
    log_failure(is_over ? "the pass failed; nobody is admitted until a pass succeeds"
                        : "the pass was cut short; the next pass continues",
                error);
    return failure.exit_code;
  }
}

// Cache entries are sealed with the token key. Without it (KeyCheck::own) no reader would accept
// them, so a worker publishes the queue's state, up to 5 s later.
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
  CronReport note;
  const int code = run_and_note(with_cache_if_it_can_seal(settings), note);
  const auto taken = steady_clock::now() - begun;
  note.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
  note.ended_at_s = std::time(nullptr);
  send_report(report_socket_path(settings.listen_socket), to_text(note));
  return code;
}

}  // namespace concert
