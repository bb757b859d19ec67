#pragma once

#include <json/json.h>

#include <optional>
#include <string>
#include <vector>

#include "ctl/commands/command.h"
#include "domain/concert.h"
#include "service/admin/catalogue_rules.h"
#include "service/backend.h"

namespace concert {

// A text that an organiser wrote, as it is kept; or what is wrong with it, as in "must be ...".
struct OrganiserText {
  std::string text;
  std::string fault{};  // empty: nothing
};

// A title or a venue: 1 to 200 characters.
OrganiserText read_name(const std::string& text);
// Up to 4,000 characters; an empty one is none. Lines end with a newline.
OrganiserText read_description(const std::string& text);
// An https address, a path of the site, or empty for none.
OrganiserText read_image_url(const std::string& text);
// A name of the system's zone database.
OrganiserText read_time_zone(const std::string& text);
// By which an import finds a concert or a date again, or a queue's name: 1 to 100 characters.
OrganiserText read_key(const std::string& text);
// What the users who wait in a queue are told: 1 to 500 characters.
OrganiserText read_message(const std::string& text);
// The name of a section, a row or a category: 1 to 50 characters.
OrganiserText read_hall_name(const std::string& text);

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
// --visible-from: nothing if it is absent, nothing within for `now` or an empty text.
std::optional<std::optional<Instant>> optional_visible_from(const CommandArguments& given);
// --on-sale-at and --sales-end-at.
std::vector<CommandOption> sale_terms_options();
// --description, --image-url, --time-zone and --visible-from.
std::vector<CommandOption> concert_text_options();
CommandOption date_venue_option();

// "title of concert 3 was `A`, is `B`", and for a move "; 12 tickets are sold and 1 is held".
std::string text_of(const FieldChange& change, const std::string& of, const DateTickets& tickets);

// {"field": "title", "was": "A", "is": "B"}
Json::Value change_json(const FieldChange& change);

// "12 tickets are sold and 1 is held"
std::string text_of(const DateTickets& tickets);

// The flags of Allowed.
CommandOption allow_same_option();
CommandOption allow_near_option();

// Takes the concerts' lists of dates out of the cache, so that a change is shown at once. If
// memcached does not answer, stderr says so; the lists then show it within two seconds,
// because each worker compares a cached list with the database's catalogue.
void invalidate_date_lists(Backend& backend, const std::vector<ConcertId>& concerts);

// Reads the text of a file as `concert import` takes it: docs/tour.example.json. Throws UsageError
// that names the place: concerts[0].dates[2].seats[1].price.
Tour read_tour(const std::string& text);

}  // namespace concert
