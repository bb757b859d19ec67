#pragma once

#include <string>
#include <string_view>

namespace concert {

inline constexpr char kDefaultConfigFile[] = "/etc/concert-reservation/concert.conf";

// Exit codes shared by the three programs.
inline constexpr int kExitDone = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitTryAgain = 75;
inline constexpr int kExitConfiguration = 78;

// The version of the programs, from CMakeLists.txt.
const char* program_version();

// What --check-config prints for a configuration without a mistake.
inline constexpr char kConfigurationGood[] = "the configuration and its secrets are complete.\n";

// The options that concertd and concert-cron share.
struct CommandLine {
  std::string config_file = kDefaultConfigFile;
  bool check_config = false;
  bool exit_now = false;  // --help or --version was answered, or the usage is wrong
  int exit_code = kExitDone;
};

// Reads --config, --check-config, --help and --version. Prints the help, the version or a usage
// error.
CommandLine read_command_line(int argc, char** argv, const std::string& about);

// Prints the result of `program`. Returns the exit code: 1 if standard output cannot be written,
// after a message on stderr (none if the reader of a pipe has gone).
int print_answer(std::string_view program, std::string_view text);

}  // namespace concert
