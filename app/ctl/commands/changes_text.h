#pragma once

#include <json/json.h>

#include <string>
#include <vector>

#include "ctl/commands/command.h"
#include "service/admin/catalogue_rules.h"

namespace concert {

// "title of concert 3 was `A`, is `B`", and for a move "; 12 tickets are sold and 1 is held".
std::string text_of(const FieldChange& change, const std::string& of, const DateTickets& tickets);

// {"field": "title", "was": "A", "is": "B"}
Json::Value change_json(const FieldChange& change);

// "12 tickets are sold and 1 is held"
std::string text_of(const DateTickets& tickets);

// The flags of Allowed.
CommandOption allow_same_option();
CommandOption allow_near_option();

}  // namespace concert
