#pragma once

#include <string>

#include "support/exchange.h"

namespace concert::test {

// Sends `bytes` as they are to a port of this host, and reads the first answer. `said` tells the
// record what the bytes ask for.
HttpResponse send_raw(int port, const std::string& bytes, const HttpRequest& said);

}  // namespace concert::test
