#include <fmt/format.h>

#include "base/command_line.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "base/standard_output.h"
#include "cron/pass.h"

int main(int argc, char** argv) {
  using namespace concert;
  guard_standard_streams();
  set_log_program("concert-cron");
  const CommandLine line =
      read_command_line(argc, argv, "concert-cron - one maintenance pass, then exit");
  if (line.exit_now) return line.exit_code;
  try {
    const Settings settings = Settings::read(line.config_file, "concert-cron");
    if (!line.check_config) return run_pass(settings);
    return print_answer("concert-cron", kConfigurationGood);
  } catch (const ConfigurationError& error) {
    print_error(fmt::format("concert-cron: {}", error.what()));
    return kExitConfiguration;
  }
}
