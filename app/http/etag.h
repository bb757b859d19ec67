#pragma once

#include "http/request.h"
#include "http/response.h"

namespace concert {

// An answer that is the same for every user, with an ETag by which a client asks whether what it
// has is still so: 304 without a body where If-None-Match names it. A cache asks each time, and the
// guard with it. The ETag is weak, for the body may be sent compressed.
Response revalidated(const Request& request, Response&& response);

}  // namespace concert
