#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/command_line.h"
#include "ctl/commands/command.h"
#include "ctl/invocation.h"

namespace concert {
namespace {

constexpr std::size_t kColumns = 80;
constexpr char kHelpCommand[] = "shows the help of a command or of a group of commands";
constexpr char kExitCodes[] =
    "\nExit codes: 0 done, 1 refused or not found, 2 wrong usage, 75 try again, 78\n"
    "configuration.\n";

// A name and its meaning, side by side.
using Entry = std::pair<std::string, std::string>;

// Appends `text`, whose first line begins at column `column`, the others at `indent`.
void append_wrapped(std::string& all, std::string_view text, std::size_t column,
                    std::size_t indent) {
  for (bool first = true; !text.empty(); first = false) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!first && column + 1 + word.size() > kColumns) {
      all += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      all += ' ';
      ++column;
    }
    all += word;
    column += word.size();
  }
  all += '\n';
}

std::string list_of(const std::vector<Entry>& entries, std::size_t indent) {
  std::size_t widest = 0;
  for (const Entry& entry : entries) widest = std::max(widest, entry.first.size());
  std::string text;
  for (const auto& [name, help] : entries) {
    text += fmt::format("{:{}}{:<{}}  ", "", indent, name, widest);
    append_wrapped(text, help, indent + widest + 2, indent + widest + 2);
  }
  return text;
}

// An option as the user types it: --seats N
std::string form_of(const CommandOption& option) {
  return "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

std::string usage_of(const Command& command) {
  std::string usage =
      command.words + (command.operand.name.empty() ? "" : " " + command.operand.name);
  for (const CommandOption& option : options_of(command))
    usage += option.is_required ? " " + form_of(option) : " [" + form_of(option) + "]";
  return usage;
}

std::vector<Entry> own_entries(const Command& command) {
  std::vector<Entry> entries;
  if (!command.operand.name.empty())
    entries.emplace_back(command.operand.name, command.operand.help);
  for (const CommandOption& option : options_of(command))
    entries.emplace_back(form_of(option), option.help);
  return entries;
}

std::vector<Entry> common_entries() {
  return {{"--config FILE", fmt::format("the configuration file ({})", kDefaultConfigFile)},
          {"--json", "prints one JSON document"},
          {"-h, --help", "shows this help"}};
}

std::string page(const std::string& head, const std::string& usage) {
  std::string text = head + "\n\nUsage: ";
  constexpr std::size_t kIndent = 7;
  append_wrapped(text, "concertctl " + usage + " [--json]", kIndent, kIndent);
  return text;
}

std::string help_of(const Command& command) {
  std::vector<Entry> entries = own_entries(command);
  for (Entry& entry : common_entries()) entries.push_back(std::move(entry));
  std::string head;
  append_wrapped(head, fmt::format("concertctl {} - {}", command.words, command.help), 0, 0);
  head.pop_back();
  return page(head, usage_of(command)) + "\nOptions:\n" + list_of(entries, 2);
}

std::string help_of_group(const std::string& words) {
  std::vector<Entry> entries;
  for (const Command& command : commands()) {
    if (command.words.rfind(words + " ", 0) == 0) entries.emplace_back(command.words, command.help);
  }
  return page("concertctl " + words, words + " COMMAND [OPTIONS]") + "\nCommands:\n" +
         list_of(entries, 2) + "\nOptions:\n" + list_of(common_entries(), 2);
}

std::string help_of_program() {
  std::vector<Entry> entries;
  for (const Command& command : commands()) entries.emplace_back(command.words, command.help);
  entries.emplace_back("help [COMMAND]", kHelpCommand);
  std::vector<Entry> options = common_entries();
  options.emplace_back("--help-all", "shows every command with its options");
  options.emplace_back("--version", "shows the version");
  return page("concertctl - administer the concert reservation service",
              "[--config FILE] COMMAND [OPTIONS]") +
         "\nCommands:\n" + list_of(entries, 2) + "\nOptions:\n" + list_of(options, 2) + kExitCodes;
}

}  // namespace

std::string help_text(const std::string& words) {
  if (words.empty()) return help_of_program();
  for (const Command& command : commands()) {
    if (command.words == words) return help_of(command);
  }
  if (words == "help")
    return page("concertctl help - " + std::string(kHelpCommand), "help [COMMAND]");
  return help_of_group(words);
}

std::string help_of_every_command() {
  std::string text;
  for (const Command& command : commands()) {
    text += fmt::format("  {}\n      {}\n", usage_of(command), command.help);
    text += list_of(own_entries(command), 6);
  }
  return text;
}

}  // namespace concert
