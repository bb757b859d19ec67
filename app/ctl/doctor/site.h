#pragma once

#include <string>

namespace concert {

// What a site shows to anybody who asks it for the state of the queue.
struct SiteAnswer {
  std::string problem;  // why the rest is not known; empty: it is
  bool is_https = false;
  bool has_rate_limits = false;
};

// Asks the site at `url`, without a path, as a client would; one that sends everybody to HTTPS is
// asked there, on the same host. Waits 3 s at most each time. The certificate is not checked.
SiteAnswer ask_site(const std::string& url);

}  // namespace concert
