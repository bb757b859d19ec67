#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace concert {

using OpenUrl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// A transfer from `url` by HTTP or HTTPS, through no proxy, which ends after `timeout_s` at the
// latest. The caller says what becomes of the body, and performs it.
OpenUrl open_url(const std::string& url, long timeout_s);

}  // namespace concert
