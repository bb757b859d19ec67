#include "ctl/command.h"

#include <fmt/format.h>

#include <charconv>

namespace concert {

std::int64_t CommandArguments::number(const std::string& name, std::int64_t least,
                                      std::int64_t most) const {
  const std::string& given = text(name);
  std::int64_t value = 0;
  const char* const end = given.data() + given.size();
  const auto result = std::from_chars(given.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value < least || value > most) {
    throw UsageError(fmt::format("--{} must be a whole number from {} to {}, not `{}`.", name,
                                 least, most, given));
  }
  return value;
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> gathered = operation_commands();
    for (const auto& group :
         {catalogue_commands, import_commands, queue_commands, sale_commands, reservation_commands,
          user_commands, history_commands, top_commands}) {
      for (auto& command : group()) gathered.push_back(std::move(command));
    }
    return gathered;
  }();
  return all;
}

}  // namespace concert
