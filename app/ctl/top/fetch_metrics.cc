#include "ctl/top/fetch_metrics.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "ctl/commands/command.h"

namespace concert {
namespace {

constexpr std::size_t kMostBytes = 8U << 20U;

std::size_t take_metrics(const char* data, std::size_t size, std::size_t count, void* text) {
  auto& all = *static_cast<std::string*>(text);
  if (all.size() + size * count > kMostBytes) return 0;  // which ends it with an error
  all.append(data, size * count);
  return size * count;
}

// What an answer that has no metrics in it means.
std::string meaning_of(long status) {
  switch (status) {
    case 404: return "only the host and whom operators.conf names may see it: run this there";
    case 503: return "more requests are in hand than nginx hands on: try again";
    case 502:
    case 504: return "concertd does not answer nginx: systemctl status concertd";
    default: return "is this the address of /metrics? Another one: --metrics-url URL";
  }
}

}  // namespace

std::string fetch_metrics(const std::string& url) {
  constexpr long kPatience_s = 5;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 curl_easy_cleanup);
  std::string text;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kPatience_s);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take_metrics);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &text);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    throw CommandRefused(
        fmt::format("cannot read {} ({}): is nginx up, and does the site answer there? Another "
                    "address: --metrics-url URL",
                    url, curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200)
    throw CommandRefused(fmt::format("{} answered {}: {}", url, status, meaning_of(status)));
  return text;
}

}  // namespace concert
