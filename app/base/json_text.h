#pragma once

#include <json/json.h>

#include <string>

namespace concert {

// A document on one line, in UTF-8.
std::string json_text(const Json::Value& value);

}  // namespace concert
