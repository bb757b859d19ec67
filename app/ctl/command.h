#pragma once

#include <json/json.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/backend.h"

namespace concert {

// What a command was given, as words and options.
struct CommandArguments {
  std::map<std::string, std::string> options;  // --name value, without the dashes

  bool has(const std::string& name) const { return options.count(name) > 0; }
  const std::string& text(const std::string& name) const { return options.at(name); }
  // Throws UsageError unless the option is a whole number within the bounds.
  std::int64_t number(const std::string& name, std::int64_t least, std::int64_t most) const;
};

// The command line is wrong: exit 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command was understood and refused: exit 1.
class CommandRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a command prints: for people, and with --json for programs.
struct CommandResult {
  std::string text;
  Json::Value json{Json::objectValue};
  int exit_code = 0;
};

struct Command {
  std::string words;                  // "concert add"
  std::vector<std::string> required;  // options, without the dashes
  std::vector<std::string> optional;
  std::string help;
  std::function<CommandResult(Backend&, const CommandArguments&)> run;
};

// Every command, in the order in which the help lists them.
const std::vector<Command>& commands();

// The groups that commands() is made of, one file each.
std::vector<Command> catalogue_commands();
std::vector<Command> queue_commands();
std::vector<Command> operation_commands();

}  // namespace concert
