#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/commands/command.h"
#include "ctl/commands/organiser_texts.h"
#include "domain/concert.h"
#include "service/backend.h"

namespace concert {

// The options of the commands that change concerts and dates. Each throws UsageError that says what
// is wrong.
std::optional<std::string> optional_text(const CommandArguments& given, const std::string& option,
                                         OrganiserText (*read)(const std::string&));
// A date's venue; empty: the concert's.
std::optional<std::string> optional_venue(const CommandArguments& given);
Instant read_time(const CommandArguments& given, const std::string& option);
// Nothing if the option is absent, nothing within if its text is empty.
std::optional<std::optional<Instant>> optional_time(const CommandArguments& given,
                                                    const std::string& option);
// --on-sale-at and --sales-end-at.
std::vector<CommandOption> sale_terms_options();
// --description, --image-url and --time-zone.
std::vector<CommandOption> concert_text_options();
CommandOption date_venue_option();

// Takes the concerts' lists of dates out of the cache, so that a change is shown at once. If
// memcached does not answer, stderr says so; the lists then show it within two seconds,
// because each worker compares a cached list with the database's catalogue.
void invalidate_date_lists(Backend& backend, const std::vector<ConcertId>& concerts);

// Reads the text of a file as `concert import` takes it: docs/tour.example.json. Throws UsageError
// that names the place: concerts[0].dates[2].seats[1].price.
Tour read_tour(const std::string& text);

}  // namespace concert
