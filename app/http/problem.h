#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/refusal.h"
#include "http/response.h"

namespace concert {

// The status and the stable word of a refusal.
struct ProblemKind {
  int status = 500;
  std::string_view code;
};
ProblemKind kind_of(Reason reason);

// Every word that a problem may have.
std::vector<std::string> problem_codes();

// RFC 9457 answers. `detail` must be free of SQL, paths and anybody's data.
Response problem(const Refusal& refusal, const std::string& request_id);
Response problem(ProblemKind kind, const std::string& detail, const std::string& request_id);

// What cannot be served for now: 503 with Retry-After.
Response busy(const std::string& request_id);
Response database_unavailable(const std::string& request_id);
Response outcome_unknown(const std::string& request_id);

// 500: a bug. The cause is in the log under the request's id.
Response internal_error(const std::string& request_id);

}  // namespace concert
