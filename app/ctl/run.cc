#include "ctl/run.h"

#include <fmt/format.h>

#include <iostream>

#include "base/json_text.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "base/standard_output.h"
#include "base/version.h"
#include "ctl/invocation.h"
#include "service/change_refused.h"
#include "store/errors.h"
#include "store/schema.h"

namespace concert {
namespace {

std::string help_text() {
  std::string text =
      "concertctl - administer the concert reservation service\n\n"
      "usage: concertctl [--config FILE] COMMAND [OPTIONS] [--json]\n\n";
  for (const Command& command : commands()) {
    std::string usage = command.words + (command.takes_file ? " FILE" : "");
    for (const auto& name : command.required) usage += fmt::format(" --{} VALUE", name);
    for (const auto& name : command.optional) usage += fmt::format(" [--{} VALUE]", name);
    for (const auto& name : command.flags) usage += fmt::format(" [--{}]", name);
    if (command.why == Why::required) usage += " --why TEXT";
    if (command.why == Why::optional) usage += " [--why TEXT]";
    text += fmt::format("  {}\n      {}\n", usage, command.help);
  }
  return text +
         "\nExit codes: 0 done, 1 refused or not found, 2 wrong usage, 75 try again, 78 "
         "configuration.\n";
}

// Throws OutputError, which says that a change which was asked for is made.
void print(const CommandResult& result, const Invocation& call, const Command& command) {
  try {
    write_output(call.json ? json_text(result.json) + '\n' : result.text);
  } catch (const OutputError& error) {
    if (command.why == Why::none || result.exit_code != kExitDone) throw;
    throw CommandRefused(fmt::format(
        "the change is made, but its result cannot be written to standard output: {}. See: "
        "concertctl admin log",
        error.what()));
  }
}

// What went wrong, for a person, and for a script that asked for JSON.
class Failure {
 public:
  explicit Failure(const std::vector<std::string>& words)
      : json_(!words.empty() && words.back() == "--json") {}

  int operator()(int code, const std::string& message) const {
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

CommandResult run_command(const Command& command, const CommandArguments& arguments,
                          const std::string& config_file) {
  if (command.run_alone) return command.run_alone(arguments);
  // Only the account of the migrations may alter tables.
  Settings settings =
      Settings::read(config_file, command.words == "migrate" ? "migrate" : "concertctl");
  settings.slow_query_ms = 0;  // whoever waits for it sees how long it takes
  // A migration or an audit of millions of rows takes its time, and nobody waits but who began it.
  constexpr int kLongPatience_s = 6 * 3600;
  Backend backend(settings, nullptr,
                  command.words == "doctor" ? Session::kPatience_s : kLongPatience_s);
  return command.run(backend, arguments);
}

int run(const Invocation& call) {
  if (call.help) {
    write_output(help_text());
    return kExitDone;
  }
  if (call.version) {
    write_output(fmt::format("{}\n", program_version()));
    return kExitDone;
  }
  const Command& command = find_command(call);
  CommandArguments arguments = call.arguments;
  arguments.words = command.words;
  arguments.json = call.json;
  arguments.config_file = call.config_file;
  if (command.takes_file) arguments.options["file"] = call.words.substr(command.words.size() + 1);
  const CommandResult result = run_command(command, arguments, call.config_file);
  print(result, call, command);
  return result.exit_code;
}

}  // namespace

int run_concertctl(const std::vector<std::string>& words) {
  set_log_program("concertctl");
  set_log_form(LogForm::text);
  const Failure fail(words);
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
  } catch (const OutcomeUnknown& error) {
    return fail(kExitTryAgain,
                fmt::format("{}. The connection broke as the change was made: it was made whole or "
                            "not at all. Look first, by `concertctl admin log` or a list.",
                            error.what()));
  } catch (const DatabaseUnavailable& error) {
    return fail(
        kExitTryAgain,
        fmt::format("{}. Try again when it answers; check: concertctl doctor", error.what()));
  } catch (const TableInUse& error) {
    return fail(kExitTryAgain, fmt::format("{} Then try again.", error.what()));
  } catch (const Busy& error) {
    return fail(kExitTryAgain, fmt::format("{}. Try again.", error.what()));
  } catch (const std::exception& error) {
    return fail(kExitRefused, fmt::format("{}. Is the schema up to date? Check: concertctl doctor",
                                          error.what()));
  }
}

}  // namespace concert
