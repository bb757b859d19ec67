#include "ctl/invocation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "base/command_line.h"
#include "base/encoding.h"
#include "base/parse_number.h"
#include "base/wording.h"

namespace concert {
namespace {

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

// Without its value.
std::string name_of_option(const std::string& word) { return word.substr(0, word.find('=')); }

// The words of a command or a group, without the program's name.
std::string words_of(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "";
  const std::string before = words_of(*app.get_parent());
  return before.empty() ? app.get_name() : before + " " + app.get_name();
}

std::vector<CLI::App*> parts_of(CLI::App& app) {
  return app.get_subcommands(std::function<bool(CLI::App*)>());
}

CLI::App* part_of(CLI::App& app, const std::string& name) {
  const auto parts = parts_of(app);
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](CLI::App* part) { return part->get_name() == name; });
  return found == parts.end() ? nullptr : *found;
}

// Throws UsageError: `word`, which may be empty, is no command after the words of `app`.
[[noreturn]] void refuse_words(CLI::App& app, const std::string& word) {
  const std::string group = words_of(app);
  if (group.empty() && word.empty()) throw UsageError("no command given.");
  if (group.empty()) throw UsageError(fmt::format("there is no command `{}`.", excerpt_of(word)));
  std::vector<std::string> names;
  for (const CLI::App* part : parts_of(app)) names.push_back(part->get_name());
  if (names.empty()) throw UsageError(fmt::format("`{}` has no such option.", group));
  const std::string needs = fmt::format("`{}` needs one of: {}.", group, fmt::join(names, ", "));
  if (word.empty()) throw UsageError(needs);
  throw UsageError(fmt::format("there is no command `{} {}`; {}", group, excerpt_of(word), needs));
}

void require_number(const CommandOption& option, const std::string& given) {
  const auto [least, most] = *option.bounds;
  if (parse_number<std::int64_t>(given, least, most)) return;
  throw UsageError(fmt::format("--{} must be a whole number from {} to {}, not `{}`.", option.name,
                               least, most, excerpt_of(given)));
}

// The options of every command, with their dashes; whether one takes a value. No two commands
// disagree.
std::map<std::string, bool> options_that_take_a_value() {
  std::map<std::string, bool> all{{"--config", true},
                                  {"--json", false},
                                  {"--help", false},
                                  {"--help-all", false},
                                  {"--version", false}};
  for (const Command& command : commands()) {
    for (const CommandOption& option : options_of(command))
      all["--" + option.name] = !option.value.empty();
  }
  return all;
}

// Throws UsageError for a flag with a value, which CLI11 reads: it takes --csv=false for --csv.
void refuse_values_of_flags(const std::vector<std::string>& words) {
  const auto takes_value = options_that_take_a_value();
  bool is_value = false;
  for (const std::string& word : words) {
    const bool was_value = std::exchange(is_value, false);
    if (was_value) continue;
    if (word == "--") return;
    const auto equals = word.find('=');
    const auto option = takes_value.find(word.substr(0, equals));
    if (option == takes_value.end()) continue;
    if (equals == std::string::npos) {
      is_value = option->second;
    } else if (!option->second) {
      throw UsageError(fmt::format("{} takes no value.", option->first));
    }
  }
}

void require_reason(const Command& command, const CommandArguments& given) {
  constexpr std::size_t kLongest = 500;  // bytes, of which the table keeps as many characters
  if (command.why == Why::required && !given.has("why")) {
    throw UsageError(
        fmt::format("`{}` needs --why TEXT: it is recorded with the change.", command.words));
  }
  if (!given.has("why")) return;
  const std::string& why = given.text("why");
  // An entry of `admin log` is one line that says something.
  if (!is_utf8(why) || is_blank(why) || why.size() > kLongest || has_control_characters(why)) {
    throw UsageError(fmt::format(
        "--why must be 1 to {} bytes of UTF-8 on one line, without control characters.", kLongest));
  }
}

// The commands as CLI11 reads them: an App for the program, each group and each command.
class CommandLineReader {
 public:
  CommandLineReader();
  Invocation read(const std::vector<std::string>& words);

 private:
  void add_common_options(CLI::App& app);
  void add_command(const Command& command);
  void parse(const std::vector<std::string>& words);
  CLI::App& called();
  const Command* command_of(const CLI::App& app) const;
  void require_known(CLI::App& app) const;
  void require_complete(const CLI::App& app) const;
  std::string help_of_words();
  Invocation answer(const char* name, const std::string& text);
  Invocation invocation_of(const CLI::App& app) const;

  CLI::App root_;
  CLI::App* help_ = nullptr;
  std::map<const CLI::App*, const Command*> commands_;
  std::vector<std::string> words_for_help_;
  bool json_ = false;
  std::string config_file_ = kDefaultConfigFile;
};

CommandLineReader::CommandLineReader() {
  root_.allow_extras();  // require_known() reports them before anything missing
  root_.require_subcommand(1);
  add_common_options(root_);
  for (const Command& command : commands()) add_command(command);
  help_ = root_.add_subcommand("help");
  add_common_options(*help_);
  help_->add_option("COMMAND", words_for_help_);
  root_.set_help_all_flag("--help-all");
  root_.set_version_flag("--version", program_version());
}

void CommandLineReader::add_common_options(CLI::App& app) {
  app.add_option("--config", config_file_)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_flag("--json", json_);
}

void CommandLineReader::add_command(const Command& command) {
  CLI::App* app = &root_;
  std::string_view rest = command.words;
  while (!rest.empty()) {
    const std::string name(rest.substr(0, rest.find(' ')));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    CLI::App* part = part_of(*app, name);
    if (part == nullptr) {
      part = app->add_subcommand(name);
      part->require_subcommand(rest.empty() ? 0 : 1);
      add_common_options(*part);
    }
    app = part;
  }
  commands_[app] = &command;
  if (!command.operand.name.empty()) app->add_option(command.operand.name, CLI::callback_t());
  for (const CommandOption& option : options_of(command)) {
    const std::string name = "--" + option.name;
    if (option.value.empty()) {
      app->add_flag(name);
    } else {
      // require_complete() refuses an option that is given twice.
      app->add_option(name, CLI::callback_t())
          ->envname(option.environment)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

void CommandLineReader::parse(const std::vector<std::string>& words) {
  std::vector<std::string> reversed;  // the order that CLI11 expects
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    // After `--title=` CLI11 would take the next word as the value.
    const bool is_empty = is_option(*word) && word->back() == '=';
    if (is_empty) reversed.emplace_back();
    reversed.push_back(is_empty ? word->substr(0, word->size() - 1) : *word);
  }
  root_.parse(reversed);
}

// The command, the group or the program that the words name.
CLI::App& CommandLineReader::called() {
  CLI::App* app = &root_;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

const Command* CommandLineReader::command_of(const CLI::App& app) const {
  const auto found = commands_.find(&app);
  return found == commands_.end() ? nullptr : found->second;
}

void CommandLineReader::require_known(CLI::App& app) const {
  std::vector<std::string> unknown = root_.remaining(true);
  std::erase(unknown, "--");
  if (unknown.empty()) return;
  const Command* const command = command_of(app);
  const auto option = std::find_if(unknown.begin(), unknown.end(), is_option);
  if (command == nullptr && &app == &root_ && is_option(unknown.front())) {
    throw UsageError(
        fmt::format("there is no option {} for `concertctl`; its options are --config, --json, "
                    "--help, --version.",
                    excerpt_of(name_of_option(unknown.front()))));
  }
  if (command == nullptr) refuse_words(app, is_option(unknown.front()) ? "" : unknown.front());
  if (option == unknown.end())
    throw UsageError(
        fmt::format("`{}` takes no `{}`.", command->words, excerpt_of(unknown.front())));
  std::vector<std::string> known;
  for (const CommandOption& one : options_of(*command)) known.push_back("--" + one.name);
  throw UsageError(fmt::format(
      "there is no option {} for `{}`; {}.", excerpt_of(name_of_option(*option)), command->words,
      known.empty() ? "it has none" : fmt::format("its options are {}", fmt::join(known, ", "))));
}

void CommandLineReader::require_complete(const CLI::App& app) const {
  const Command& command = *command_of(app);
  if (!command.operand.name.empty() && app.count(command.operand.name) == 0)
    throw UsageError(fmt::format("`{}` needs a {}.", command.words, command.operand.name));
  for (const CommandOption& option : command.options) {
    const std::size_t count = app.count("--" + option.name);
    if (count == 0 && option.is_required)
      throw UsageError(fmt::format("`{}` needs --{}.", command.words, option.name));
    if (count > 1 && !option.value.empty())
      throw UsageError(fmt::format("--{} is given twice.", option.name));
  }
}

std::string CommandLineReader::help_of_words() {
  CLI::App* app = &root_;
  for (const std::string& word : words_for_help_) {
    CLI::App* const part = part_of(*app, word);
    if (part == nullptr && command_of(*app) != nullptr)
      throw UsageError(
          fmt::format("there is no command `{} {}`.", words_of(*app), excerpt_of(word)));
    if (part == nullptr) refuse_words(*app, word);
    app = part;
  }
  return help_text(words_of(*app));
}

// The answer `text` with a newline, or with --json as the member `name`. --help and --version end
// the reading of the words, before json_ is set.
Invocation CommandLineReader::answer(const char* name, const std::string& text) {
  Invocation call;
  for (const CLI::App* app = &called(); app != nullptr; app = app->get_parent())
    call.arguments.json = call.arguments.json || app->count("--json") > 0;
  call.answer.json[name] = text;
  call.answer.text = text.ends_with('\n') ? text : text + '\n';
  return call;
}

Invocation CommandLineReader::invocation_of(const CLI::App& app) const {
  Invocation call;
  call.command = command_of(app);
  CommandArguments& given = call.arguments;
  if (const std::string& name = call.command->operand.name; !name.empty())
    given.options[CLI::detail::to_lower(name)] = app.get_option(name)->results().back();
  for (const CommandOption& option : options_of(*call.command)) {
    const CLI::Option* const read = app.get_option("--" + option.name);
    if (read->count() == 0) continue;
    given.options[option.name] = option.value.empty() ? "" : read->results().back();
    if (option.bounds) require_number(option, given.text(option.name));
  }
  require_reason(*call.command, given);
  given.words = call.command->words;
  given.json = json_;
  given.config_file = config_file_;
  return call;
}

Invocation CommandLineReader::read(const std::vector<std::string>& words) {
  refuse_values_of_flags(words);
  try {
    parse(words);
  } catch (const CLI::CallForVersion&) {
    return answer("version", program_version());
  } catch (const CLI::CallForAllHelp&) {
    return answer("help", help_of_every_command());
  } catch (const CLI::CallForHelp&) {
    require_known(called());
    return answer("help", help_text(words_of(called())));
  } catch (const CLI::ParseError& error) {
    require_known(called());
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
      throw UsageError(fmt::format("{} needs a value.", excerpt_of(words.back())));
    if (command_of(called()) == nullptr) refuse_words(called(), "");
    throw UsageError(fmt::format("{}.", excerpt_of(error.what())));
  }
  require_known(called());
  if (&called() == help_) return answer("help", help_of_words());
  require_complete(called());
  return invocation_of(called());
}

}  // namespace

Invocation read_invocation(const std::vector<std::string>& words) {
  return CommandLineReader().read(words);
}

}  // namespace concert
