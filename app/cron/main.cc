#include <fmt/format.h>

#include "base/command_line.h"
#include "base/input_output.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "cron/pass.h"
#include "settings/kept_configuration.h"

namespace concert {
namespace {

constexpr char kProgram[] = "concert-cron";

int read_and_run(const std::string& config_file) {
  KeptConfiguration kept(state_directory(), config_file, kProgram);
  const Settings settings = kept.read();
  if (!kept.refusal().empty()) {
    log_error(fmt::format(
        "the configuration is wrong{}; this pass uses the copy of the last good one, {}. The "
        "mistake: {} Check: concertctl doctor",
        kept.looks_half_saved() ? "" : ", and concertd would not start with it", kept.copy_path(),
        kept.refusal()));
    report_kept_configuration(settings);
  }
  return run_pass(settings);
}

}  // namespace
}  // namespace concert

int main(int argc, char** argv) {
  using namespace concert;
  guard_standard_streams();
  set_log_program(kProgram);
  const CommandLine line =
      read_command_line(argc, argv, "concert-cron - one maintenance pass, then exit");
  if (line.exit_now) return line.exit_code;
  try {
    if (!line.check_config) return read_and_run(line.config_file);
    Settings::read(line.config_file, kProgram);
    return print_answer(kProgram, kConfigurationGood);
  } catch (const ConfigurationError& error) {
    print_error(fmt::format("concert-cron: {}", error.what()));
    return kExitConfiguration;
  }
}
