#pragma once

#include <string>
#include <vector>

namespace concert::test {

// Where a secret stands in the logs of `folder`, a line each: any JWT (queue tokens and logins),
// the key in token.key, one of `more`. Empty if nowhere; a complaint if nothing was logged at all.
std::string secrets_in_logs(const std::string& folder, const std::vector<std::string>& more = {});

}  // namespace concert::test
