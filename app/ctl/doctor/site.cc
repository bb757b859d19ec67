#include "ctl/doctor/site.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace concert {
namespace {

constexpr char kPath[] = "/queue";  // public, and cheap

struct Page {
  std::string error;
  bool is_of_the_service = false;
  bool has_rate_limits = false;
  std::string sent_to;  // the address of a redirection
};

std::size_t ignore_body(const char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

bool has_header(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK;
}

// `host`: where to connect, whatever host the address names; empty: to that one.
Page fetch(const std::string& url, const std::string& host) {
  constexpr long kTimeout_s = 3;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> way(
      host.empty() ? nullptr : curl_slist_append(nullptr, fmt::format("::{}:", host).c_str()),
      curl_slist_free_all);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, way.get());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kTimeout_s);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, ignore_body);
  Page page;
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    page.error = curl_easy_strerror(code);
    return page;
  }
  page.is_of_the_service = has_header(easy.get(), "X-Request-Id");
  page.has_rate_limits = has_header(easy.get(), "RateLimit-Policy");
  const char* sent_to = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_REDIRECT_URL, &sent_to);
  if (sent_to != nullptr) page.sent_to = sent_to;
  return page;
}

std::string host_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return "";
  const std::unique_ptr<char, decltype(&curl_free)> owner(host, curl_free);
  return host;
}

}  // namespace

SiteAnswer ask_site(const std::string& url) {
  const std::string https = "https://";
  std::string address = url + kPath;
  Page page = fetch(address, "");
  if (page.error.empty() && page.sent_to.starts_with(https)) {
    address = page.sent_to;
    page = fetch(address, host_of(url));
  }
  if (!page.error.empty()) return {fmt::format("{} does not answer ({})", address, page.error)};
  if (!page.is_of_the_service)
    return {fmt::format("another site answers at {}, not that of this service", address)};
  return {"", address.starts_with(https), page.has_rate_limits};
}

}  // namespace concert
