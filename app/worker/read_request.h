#pragma once

#include <fcgiapp.h>

#include <cstddef>
#include <string>

#include "http/request.h"

namespace concert {

// The request as its FastCGI parameters tell it, without the body. A header that was sent twice is
// both values, a line each. A request id that is missing or not well formed is made; a
// traceparent that is not well formed, or that no trusted proxy sent, is left alone.
Request read_head(const FCGX_Request& fcgi);

// Reads as much as CONTENT_LENGTH says, and no more, into `body`.
BodyOutcome read_body(const FCGX_Request& fcgi, std::string& body);

}  // namespace concert
