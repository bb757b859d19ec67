#include <fmt/format.h>

#include <stdexcept>

#include "base/input_output.h"
#include "base/wording.h"
#include "ctl/commands/administrator.h"
#include "ctl/commands/command.h"
#include "ctl/commands/read_tour.h"
#include "ctl/commands/show_dates.h"
#include "service/admin/import_tour.h"

namespace concert {
namespace {

std::string text_of(const std::string& file) {
  try {
    return file == "-" ? read_standard_input() : read_file(file);
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("cannot read {}: {}.", file, error.what()));
  }
}

template <class Tag>
Json::Value ids(const std::vector<Id<Tag>>& all) {
  Json::Value list(Json::arrayValue);
  for (const auto& id : all) list.append(json_number(id.value));
  return list;
}

template <class Tag>
std::string count(const std::vector<Id<Tag>>& all, const char* noun) {
  return count_of(static_cast<std::int64_t>(all.size()), noun);
}

CommandResult concert_import(Backend& backend, const CommandArguments& given) {
  const Tour tour = read_tour(text_of(given.text("file")));
  const auto imported = import_tour(backend.db, tour, action_of(given));
  show_dates_at_once(backend, imported.touched);
  CommandResult result;
  if (imported.concerts.empty() && imported.dates.empty()) {
    result.text = fmt::format("nothing to do: the file has {}, which {} there\n",
                              count_of(imported.dates_there, "date"),
                              imported.dates_there == 1 ? "is" : "are");
  } else {
    result.text =
        fmt::format("added {} and {}; {} {} there already\n", count(imported.concerts, "concert"),
                    count(imported.dates, "date"), count_of(imported.dates_there, "date"),
                    imported.dates_there == 1 ? "was" : "were");
  }
  result.json["concertIds"] = ids(imported.concerts);
  result.json["concertDateIds"] = ids(imported.dates);
  result.json["datesThere"] = json_number(imported.dates_there);
  return result;
}

}  // namespace

std::vector<Command> import_commands() {
  return {{.words = "concert import",
           .help = "adds the concerts and dates of a file that are not there yet, all or nothing",
           .run = concert_import,
           .why = Why::optional,
           .file_help = "the JSON file; - reads standard input"}};
}

}  // namespace concert
