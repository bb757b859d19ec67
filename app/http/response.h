#pragma once

#include <json/json.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/idempotency.h"
#include "domain/refusal.h"
#include "store/session/failure.h"

namespace concert {

struct Request;

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view code{};      // of a problem
  bool is_revalidated = false;  // its headers say how it may be stored; else it may not

  Response&& with(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
};

// An answer of JSON, given as text or as a value.
Response json(int status, std::string text);
Response json(int status, const Json::Value& value);

// The stored answer of an earlier request with the same Idempotency-Key, or the new answer of this
// one.
Response json(StoredAnswer answer);

// Marks an answer as a replay: an earlier request did what this one asks for, and nothing was done
// now.
Response as_replay(Response&& response);

// 204.
Response no_content();

// An answer that is the same for every user, with an ETag: 304 without a body if the request's
// If-None-Match names it. A cache asks each time, so the guard is asked too. The ETag is weak,
// because the body may be sent compressed.
Response revalidated(const Request& request, Response&& response);

// An answer that is the same for everybody, with an ETag: nginx answers with it until the second in
// which the request was taken is over, and for one more while a single request asks again. Clients
// may keep it for a second. See nginx/snippets/catalogue.conf.
Response kept_for_a_second(const Request& request, Response&& response);

// The same for an answer that clients must not keep, such as a 404.
Response kept_in_nginx_alone(const Request& request, Response&& response);

// The status and the stable code of a refusal.
struct ProblemKind {
  int status = 500;
  std::string_view code;
};
ProblemKind kind_of(Reason reason);

// Every code that a problem may have.
std::vector<std::string> problem_codes();

// RFC 9457 answers. The detail must not tell SQL, paths of files or data of anybody.
Response problem(const Refusal& refusal, const std::string& request_id);
// With Retry-After where the status is 503. The cause is only in the log, under the request's id.
Response problem(const Failure& failure, const std::string& request_id);

}  // namespace concert
