#pragma once

#include "base/metrics.h"
#include "settings/settings.h"
#include "worker/turn.h"

namespace concert {

// A worker's life: answers FastCGI requests from the listening socket until SIGTERM, or until it
// has answered `worker_requests` of them. Workers are numbered from 0. What they read from the
// database without a request they read one at a time, in `turn`. Returns the exit code.
int serve(int listen_fd, int worker, const Settings& settings, Metrics& metrics, Turn& turn);

}  // namespace concert
