#pragma once

#include <json/json.h>

#include <functional>
#include <string>
#include <vector>

namespace concert::test {

// This program's stderr while `call` runs.
std::string logged_by(const std::function<void()>& call);

// The lines of a log, each parsed strictly: no member twice. Throws std::runtime_error with the
// line that is no JSON object.
std::vector<Json::Value> log_lines(const std::string& text);

// Each secret found in the logs of `folder`, a line each: any JWT (queue tokens and logins),
// the key in token.key, one of `more`. Empty if there is none; a complaint if nothing was logged at
// all.
std::string secrets_in_logs(const std::string& folder, const std::vector<std::string>& more = {});

}  // namespace concert::test
