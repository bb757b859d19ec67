#pragma once

#include <string>

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
// By which an import finds a concert or a date again: 1 to 100 characters.
OrganiserText read_key(const std::string& text);

}  // namespace concert
