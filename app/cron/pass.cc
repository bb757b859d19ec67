#include "cron/pass.h"

#include <fmt/format.h>

#include "base/command_line.h"
#include "base/log.h"
#include "service/maintain.h"
#include "store/errors.h"

namespace concert {

int run_pass(const Settings& settings) {
  try {
    Backend backend(settings, nullptr);
    const TokenText text(settings.token_key);
    Standing standing(backend, text);
    const Maintain::Report report = Maintain(backend, standing).run();
    if (report.admitted != 0 ||
        report.holds_expired + report.active_expired + report.waiting_expired != 0) {
      log_info(fmt::format(
          "admitted {}; expired {} holds, {} active and {} waiting tokens; pruned {} rows.",
          report.admitted, report.holds_expired, report.active_expired, report.waiting_expired,
          report.pruned));
    }
    return kExitDone;
  } catch (const DatabaseUnavailable& error) {
    log_error(fmt::format(
        "the pass was cut short; nobody is admitted until the database answers: {}. Check: "
        "concertctl doctor",
        error.what()));
    return kExitTryAgain;
  } catch (const Busy& error) {
    log_warning(fmt::format("the pass was cut short, the next one goes on: {}", error.what()));
    return kExitTryAgain;
  } catch (const std::exception& error) {
    log_error(fmt::format(
        "the pass failed, this is a bug or a schema that does not fit: {}. Check: concertctl "
        "doctor; report the line.",
        error.what()));
    return kExitRefused;
  }
}

}  // namespace concert
