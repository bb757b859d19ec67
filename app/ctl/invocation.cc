#include "ctl/invocation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/utf8.h"

namespace concert {
namespace {

// Whether `word` is an option that takes no value.
bool is_flag(const std::string& word) {
  const auto& all = commands();
  return std::any_of(all.begin(), all.end(), [&](const Command& command) {
    return std::any_of(command.flags.begin(), command.flags.end(),
                       [&](const std::string& flag) { return word == "--" + flag; });
  });
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
  if (!is_utf8(why) || why.empty() || why.size() > kLongest || has_control_characters(why)) {
    throw UsageError(fmt::format("--why must be 1 to {} bytes of UTF-8 on one line.", kLongest));
  }
}

}  // namespace

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

}  // namespace concert
