#pragma once

#include <fcgiapp.h>

#include <string>

#include "http/request.h"
#include "http/response.h"

namespace concert {

// How requests and answers travel between nginx and a worker.

// The request as its FastCGI parameters tell it, without the body. A header that was sent twice has
// both values, a line feed between them. A request id that is missing or malformed is replaced by a
// new one. A traceparent that is malformed, or that no trusted proxy sent, is ignored.
Request read_head(const FCGX_Request& fcgi);

// Reads as many bytes as CONTENT_LENGTH says, and no more, into `body`.
BodyOutcome read_body(const FCGX_Request& fcgi, std::string& body);

void write_response(const FCGX_Request& fcgi, const Response& response);

}  // namespace concert
