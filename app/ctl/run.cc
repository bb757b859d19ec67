#include "ctl/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "base/command_line.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/settings_source.h"
#include "base/utf8.h"
#include "base/version.h"
#include "ctl/command.h"
#include "service/change_refused.h"
#include "store/errors.h"

namespace concert {
namespace {

struct Invocation {
  std::string config_file = kDefaultConfigFile;
  std::string words;
  CommandArguments arguments;
  std::string without_value;  // the option at the end, if its value is missing
  bool json = false;
  bool help = false;
  bool version = false;
};

// Whether `word` is an option that takes no value.
bool is_flag(const std::string& word) {
  const auto& all = commands();
  return std::any_of(all.begin(), all.end(), [&](const Command& command) {
    return std::any_of(command.flags.begin(), command.flags.end(),
                       [&](const std::string& flag) { return word == "--" + flag; });
  });
}

Invocation read_invocation(const std::vector<std::string>& words) {
  Invocation call;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--json") {
      call.json = true;
    } else if (word == "--help") {
      call.help = true;
    } else if (word == "--version") {
      call.version = true;
    } else if (is_flag(word)) {
      call.arguments.options.emplace(word.substr(2), "");
    } else if (word.rfind("--", 0) == 0) {
      const auto equals = word.find('=');
      const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      if (equals == std::string::npos && ++i == words.size()) {
        if (name == "config") throw UsageError("--config needs a value.");
        call.without_value = name;
        break;
      }
      const std::string value = equals == std::string::npos ? words[i] : word.substr(equals + 1);
      if (name == "config") {
        call.config_file = value;
      } else if (!call.arguments.options.emplace(name, value).second) {
        throw UsageError(fmt::format("--{} is given twice.", name));
      }
    } else {
      if (!call.words.empty()) call.words += ' ';
      call.words += word;
    }
  }
  return call;
}

// Whether the command goes by these words: `concert import` is followed by a file.
bool is_called(const Command& command, const std::string& words) {
  return words == command.words || (command.takes_file && words.rfind(command.words + " ", 0) == 0);
}

// Says what is missing of words that are no command.
[[noreturn]] void refuse_words(const std::string& words) {
  if (words.empty()) throw UsageError("no command given.");
  std::vector<std::string> of_group;
  for (const Command& command : commands()) {
    if (command.words.rfind(words + " ", 0) == 0)
      of_group.push_back(command.words.substr(words.size() + 1));
  }
  if (of_group.empty()) throw UsageError(fmt::format("there is no command `{}`.", words));
  throw UsageError(fmt::format("`{}` needs one of: {}.", words, fmt::join(of_group, ", ")));
}

std::vector<std::string> options_of(const Command& command) {
  std::vector<std::string> all;
  for (const auto* names : {&command.required, &command.optional, &command.flags})
    all.insert(all.end(), names->begin(), names->end());
  if (command.why != Why::none) all.emplace_back("why");
  return all;
}

void require_known(const Command& command, const std::string& option) {
  const std::vector<std::string> known = options_of(command);
  if (std::find(known.begin(), known.end(), option) != known.end()) return;
  throw UsageError(
      fmt::format("there is no option --{} for `{}`; {}.", option, command.words,
                  known.empty() ? "it has none"
                                : fmt::format("its options are --{}", fmt::join(known, ", --"))));
}

// What is wrong with an option that was given comes before what is missing: `--titel` in place of
// `--title` is both.
void require_options(const Command& command, const Invocation& call) {
  for (const auto& [name, value] : call.arguments.options) require_known(command, name);
  if (!call.without_value.empty()) {
    require_known(command, call.without_value);
    throw UsageError(fmt::format("--{} needs a value.", call.without_value));
  }
  for (const std::string& name : command.required) {
    if (!call.arguments.has(name))
      throw UsageError(fmt::format("`{}` needs --{}.", command.words, name));
  }
}

void require_reason(const Command& command, const CommandArguments& given) {
  constexpr std::size_t kLongest = 500;  // bytes, of which the table keeps as many characters
  if (command.why == Why::required && !given.has("why")) {
    throw UsageError(
        fmt::format("`{}` needs --why TEXT: it is kept with the change.", command.words));
  }
  if (!given.has("why")) return;
  const std::string& why = given.text("why");
  // A line of `admin log` is one line, and nothing else.
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (!is_utf8(why) || why.empty() || why.size() > kLongest ||
      std::any_of(why.begin(), why.end(), is_control)) {
    throw UsageError(fmt::format("--why must be 1 to {} bytes of UTF-8 on one line.", kLongest));
  }
}

const Command& find_command(const Invocation& call) {
  const auto& all = commands();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Command& c) { return is_called(c, call.words); });
  if (found == all.end()) refuse_words(call.words);
  require_options(*found, call);
  if (found->takes_file && call.words == found->words)
    throw UsageError(fmt::format("`{}` needs a FILE.", found->words));
  require_reason(*found, call.arguments);
  return *found;
}

void print_help() {
  std::cout << "concertctl - administer the concert reservation service\n\n"
               "usage: concertctl [--config FILE] COMMAND [OPTIONS] [--json]\n\n";
  for (const Command& command : commands()) {
    std::string usage = command.words + (command.takes_file ? " FILE" : "");
    for (const auto& name : command.required) usage += fmt::format(" --{} VALUE", name);
    for (const auto& name : command.optional) usage += fmt::format(" [--{} VALUE]", name);
    for (const auto& name : command.flags) usage += fmt::format(" [--{}]", name);
    if (command.why == Why::required) usage += " --why TEXT";
    if (command.why == Why::optional) usage += " [--why TEXT]";
    std::cout << fmt::format("  {}\n      {}\n", usage, command.help);
  }
  std::cout << "\nExit codes: 0 done, 1 refused or not found, 2 wrong usage, 75 try again, 78 "
               "configuration.\n";
}

void print(const CommandResult& result, bool json) {
  if (json) {
    std::cout << json_text(result.json) << '\n';
  } else {
    std::cout << result.text;
  }
}

// What went wrong, for a person, and for a script that asked for JSON.
class Failure {
 public:
  explicit Failure(const std::vector<std::string>& words)
      : json_(!words.empty() && words.back() == "--json") {}

  int operator()(int code, const std::string& message) const {
    std::cerr << "concertctl: " << message << '\n';
    if (json_) {
      Json::Value document(Json::objectValue);
      document["error"] = message;
      std::cout << json_text(document) << '\n';
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
    print_help();
    return kExitDone;
  }
  if (call.version) {
    std::cout << program_version() << '\n';
    return kExitDone;
  }
  const Command& command = find_command(call);
  CommandArguments arguments = call.arguments;
  arguments.words = command.words;
  arguments.json = call.json;
  arguments.config_file = call.config_file;
  if (command.takes_file) arguments.options["file"] = call.words.substr(command.words.size() + 1);
  const CommandResult result = run_command(command, arguments, call.config_file);
  print(result, call.json);
  return result.exit_code;
}

}  // namespace

int run_concertctl(const std::vector<std::string>& words) {
  set_log_program("concertctl");
  set_log_form(LogForm::text);
  const Failure fail(words);
  try {
    return run(read_invocation(words));
  } catch (const UsageError& error) {
    return fail(kExitUsage, fmt::format("{} Try --help.", error.what()));
  } catch (const CommandRefused& error) {
    return fail(kExitRefused, error.what());
  } catch (const ChangeRefused& error) {
    return fail(kExitRefused, error.what());
  } catch (const ConfigurationError& error) {
    return fail(kExitConfiguration, error.what());
  } catch (const DatabaseUnavailable& error) {
    return fail(
        kExitTryAgain,
        fmt::format("{}. Try again when it answers; check: concertctl doctor", error.what()));
  } catch (const Busy& error) {
    return fail(kExitTryAgain, fmt::format("{}. Try again.", error.what()));
  } catch (const std::exception& error) {
    return fail(kExitRefused, fmt::format("{}. Is the schema up to date? Check: concertctl doctor",
                                          error.what()));
  }
}

}  // namespace concert
