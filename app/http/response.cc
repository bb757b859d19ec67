#include "http/response.h"

#include "base/json_text.h"

namespace concert {

Response json(int status, std::string text) {
  return {status, "application/json", std::move(text), {}};
}

Response json(int status, const Json::Value& value) { return json(status, json_text(value)); }

Response no_content() { return {204, "", "", {}}; }

}  // namespace concert
