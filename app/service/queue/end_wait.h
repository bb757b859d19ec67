#pragma once

#include "service/backend.h"

namespace concert {

// Takes a waiting token out of the line, in a transaction of its own, and notes the gap. False if
// it was not waiting any more.
bool end_wait(Backend& backend, const Token& token, TokenState as);

}  // namespace concert
