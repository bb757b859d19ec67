#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace concert {

using OpenUrl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// A transfer from `url` by HTTP or HTTPS, through no proxy, which ends after `timeout_s` at the
// latest. The caller says what becomes of the body, and performs it.
inline OpenUrl open_url(const std::string& url, long timeout_s) {
  OpenUrl easy(curl_easy_init(), curl_easy_cleanup);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, timeout_s);
  return easy;
}

}  // namespace concert
