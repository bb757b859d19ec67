#pragma once

#include <fcgiapp.h>

#include <cstddef>
#include <string>

#include "http/request.h"

namespace concert {

// The longest body that is read.
inline constexpr std::size_t kMostBody = 16 * 1024;

// The request as its FastCGI parameters tell it, without the body. A header that was sent twice is
// both values, as HTTP joins them. A request id that is missing or not well formed is made; a
// traceparent that is not well formed is left alone.
Request read_head(const FCGX_Request& fcgi);

// too_large: nothing was read. cut_short: there was less than CONTENT_LENGTH said, or that is no
// number.
enum class BodyOutcome { whole, too_large, cut_short };

// Reads as much as CONTENT_LENGTH says, and no more, into `body`.
BodyOutcome read_body(const FCGX_Request& fcgi, std::string& body);

}  // namespace concert
