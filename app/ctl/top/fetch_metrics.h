#pragma once

#include <string>

namespace concert {

// The text at `url`, an address of /metrics. Waits 5 s at most. Throws CommandRefused, which says
// why there is none and what to do.
std::string fetch_metrics(const std::string& url);

}  // namespace concert
