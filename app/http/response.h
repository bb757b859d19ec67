#pragma once

#include <json/json.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/idempotency.h"

namespace concert {

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view code{};      // of a problem
  bool is_revalidated = false;  // says itself how it may be stored

  Response&& with(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
};

// An answer of JSON, given as text or as a value.
Response json(int status, std::string text);
Response json(int status, const Json::Value& value);

// The answer that an earlier call with the same Idempotency-Key earned, or this one now.
Response json(StoredAnswer answer);

// Says that an earlier request did what this one asks for, and that nothing was done now.
Response as_replay(Response&& response);

// 204.
Response no_content();

}  // namespace concert
