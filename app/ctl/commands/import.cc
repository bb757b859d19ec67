#include <fmt/format.h>
#include <json/json.h>

#include <stdexcept>

#include "base/input_output.h"
#include "base/wording.h"
#include "ctl/commands/catalogue.h"
#include "ctl/commands/command.h"
#include "service/admin/import_tour.h"

namespace concert {
namespace {

std::string text_of_file(const std::string& file) {
  try {
    return file == "-" ? read_standard_input() : read_file_or_pipe(file);
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("cannot read {}: {}.", excerpt_of(file), error.what()));
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

// "concerts[0].dates[1]: startsAt of date 7 was ..., is ...; 12 sold tickets are concerned"
std::string line_of(const ImportChange& change) {
  const std::string of = change.date.value == 0 ? fmt::format("concert {}", change.concert.value)
                                                : fmt::format("date {}", change.date.value);
  return fmt::format("{}: {}", change.place, text_of(change.change, of, change.tickets));
}

Json::Value to_json(const ImportChange& change) {
  Json::Value entry = change_json(change.change);
  entry["place"] = change.place;
  entry["concertId"] = json_number(change.concert.value);
  if (change.date.value != 0) entry["concertDateId"] = json_number(change.date.value);
  return entry;
}

std::string summary_of(const ImportedTour& imported) {
  const bool is_one = imported.dates_there == 1;
  const bool adds = !imported.concerts.empty() || !imported.dates.empty();
  const bool changes = !imported.changes.empty();
  if (!adds && !changes) {
    return fmt::format("nothing to do: the file has {}, which {} there\n",
                       count_of(imported.dates_there, "date"), is_one ? "is" : "are");
  }
  std::string text = fmt::format("added {} and {}; ", count(imported.concerts, "concert"),
                                 count(imported.dates, "date"));
  if (changes) {
    text += fmt::format("changed {} and {}; ", count(imported.changed_concerts, "concert"),
                        count(imported.changed_dates, "date"));
  }
  text += fmt::format("{} {} there already\n", count_of(imported.dates_there, "date"),
                      is_one ? "was" : "were");
  std::vector<std::string> lines;
  for (const ImportChange& change : imported.changes) lines.push_back(line_of(change));
  return lines.empty() ? text : text + few_of(lines, "\n") + "\n";
}

CommandResult concert_import(Backend& backend, const CommandArguments& given) {
  const Tour tour = read_tour(text_of_file(given.text("file")));
  const ImportTerms terms{{given.has("allow-same"), given.has("allow-near")}, given.has("dry-run")};
  auto imported = import_tour(backend.db, tour, action_of(given), terms);
  CommandResult result;
  const bool is_new = !imported.concerts.empty() || !imported.dates.empty();
  result.has_changed = !terms.is_dry_run && (is_new || !imported.changes.empty());
  result.text = (terms.is_dry_run ? "dry run, nothing is done: " : "") + summary_of(imported);
  result.json["dryRun"] = terms.is_dry_run;
  result.json["addedConcerts"] = json_number(static_cast<std::int64_t>(imported.concerts.size()));
  result.json["addedDates"] = json_number(static_cast<std::int64_t>(imported.dates.size()));
  if (terms.is_dry_run) {
    // They were given ids, which are nobody's now.
    imported.concerts.clear();
    imported.dates.clear();
  } else {
    invalidate_date_lists(backend, imported.touched);
  }
  result.json["concertIds"] = ids(imported.concerts);
  result.json["concertDateIds"] = ids(imported.dates);
  result.json["datesThere"] = json_number(imported.dates_there);
  result.json["changes"] = Json::Value(Json::arrayValue);
  for (const ImportChange& change : imported.changes)
    result.json["changes"].append(to_json(change));
  return result;
}

}  // namespace

std::vector<Command> import_commands() {
  return {{.words = "concert import",
           .help =
               "adds the concerts and dates of a file that are missing, and changes those with a "
               "key to what it says; all or nothing",
           .options = {flag_option("dry-run", "does nothing and says what it would do"),
                       allow_same_option(), allow_near_option()},
           .run = concert_import,
           .why = Why::optional,
           .operand = {"FILE", "the JSON file; - reads standard input"}}};
}

}  // namespace concert
