#include <fmt/format.h>

#include <iostream>

#include "base/command_line.h"
#include "base/encoding.h"
#include "base/input_output.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "base/wording.h"
#include "ctl/doctor/doctor.h"
#include "ctl/invocation.h"
#include "domain/admin_action.h"
#include "store/session/failure.h"
#include "store/session/schema.h"

namespace concert {
namespace {

// Throws OutputError, or after a change CommandRefused, which says that the change is made.
void print(const CommandResult& result, const Invocation& call) {
  try {
    write_output(call.arguments.json ? json_text(result.json) + '\n' : result.text);
  } catch (const OutputError& error) {
    if (call.command == nullptr || call.command->why == Why::none || !result.has_changed) throw;
    throw CommandRefused(fmt::format(
        "the change is made, but its result cannot be written to standard output: {}. See: "
        "concertctl admin log",
        error.what()));
  }
}

// Prints an error on stderr, and where --json is given also as a document.
class FailureOutput {
 public:
  explicit FailureOutput(const std::vector<std::string>& words)
      : json_(!words.empty() && words.back() == "--json") {}

  int operator()(int code, const std::string& text) const {
    const std::string message = escaped_lines(text);  // a server may have written a part of it
    std::cerr << "concertctl: " << message << '\n';
    if (!json_) return code;
    Json::Value document(Json::objectValue);
    document["error"] = message;
    try {
      write_output(json_text(document) + '\n');
    } catch (const OutputError&) {
      // The exit code and stderr say that it failed.
    }
    return code;
  }

 private:
  bool json_;
};

// With a wrong configuration the doctor also says how concert-cron continues.
Settings read_settings(const Command& command, const std::string& config_file) {
  const bool is_doctor = command.words == "doctor";
  try {
    // Only the account of the migrations may alter tables.
    return Settings::read(config_file, command.words == "migrate" ? "migrate" : "concertctl");
  } catch (const ConfigurationError& error) {
    const std::string kept = is_doctor ? describe_kept_configuration(config_file) : "";
    if (kept.empty()) throw;
    throw ConfigurationError(fmt::format("{}\n{}", error.what(), kept));
  }
}

CommandResult run_command(const Command& command, const CommandArguments& arguments) {
  if (command.run_alone) return command.run_alone(arguments);
  Settings settings = read_settings(command, arguments.config_file);
  settings.slow_query_ms = 0;  // the caller sees how long it takes
  // It caches nothing, and may be about to make the installation's id that cache entries carry.
  if (command.words == "migrate") settings.memcached_servers.clear();
  // A migration or an audit of millions of rows takes long, and only its caller waits.
  constexpr int kLongTimeout_s = 6 * 3600;
  Backend backend(settings, nullptr,
                  command.words == "doctor" ? Session::kTimeout_s : kLongTimeout_s);
  return command.run(backend, arguments);
}

int run(const Invocation& call) {
  const CommandResult result =
      call.command == nullptr ? call.answer : run_command(*call.command, call.arguments);
  print(result, call);
  return result.exit_code;
}

// 0 done, 1 refused or not found, 2 wrong usage, 75 try again, 78 configuration.
int exit_code_of(const std::vector<std::string>& words) {
  set_log_program("concertctl");
  set_log_form(LogForm::text);
  const FailureOutput fail(words);
  try {
    return run(read_invocation(words));
  } catch (const OutputError& error) {
    if (error.reader_is_gone()) return kExitRefused;
    return fail(kExitRefused, fmt::format("cannot write to standard output: {}.", error.what()));
  } catch (const UsageError& error) {
    return fail(kExitUsage, fmt::format("{} Try --help.", error.what()));
  } catch (const CommandRefused& error) {
    return fail(kExitRefused, error.what());
  } catch (const ChangeRefused& error) {
    return fail(kExitRefused, error.what());
  } catch (const ConfigurationError& error) {
    return fail(kExitConfiguration, error.what());
  } catch (const TableInUse& error) {
    return fail(kExitTryAgain, fmt::format("{} Then try again.", error.what()));
  } catch (const std::exception& error) {
    return fail(failure_of(error).exit_code, message_of(error));
  }
}

}  // namespace
}  // namespace concert

int main(int argc, char** argv) {
  concert::guard_standard_streams();
  return concert::exit_code_of({argv + 1, argv + argc});
}
