#include "support/ops_http.h"

#include <curl/curl.h>

#include <algorithm>

#include "support/http_client.h"

namespace concert::test {
namespace {

constexpr long kReplyPatience_s = 60;

std::size_t take_reply_body(const char* data, std::size_t size, std::size_t count, void* reply) {
  static_cast<Reply*>(reply)->body.append(data, size * count);
  return size * count;
}

std::size_t take_reply_header(const char* data, std::size_t size, std::size_t count, void* reply) {
  const auto header = parse_header(std::string(data, size * count));
  if (header) static_cast<Reply*>(reply)->headers.push_back(*header);
  return size * count;
}

}  // namespace

Json::Value Reply::json() const { return parse_json(body); }

std::string Reply::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

int Reply::count_of_header(const std::string& name) const {
  return static_cast<int>(std::count_if(headers.begin(), headers.end(),
                                        [&](const auto& entry) { return entry.first == name; }));
}

std::string Reply::code() const {
  const Json::Value problem = json();
  const bool whole = problem.isObject() && header("content-type") == "application/problem+json" &&
                     problem["type"].isString() && problem["title"].isString() &&
                     problem["detail"].isString() && problem["code"].isString() &&
                     problem["status"] == status && problem["requestId"] == header("x-request-id");
  return whole ? problem["code"].asString() : "";
}

struct Web::Handle {
  CURL* easy = curl_easy_init();
  ~Handle() { curl_easy_cleanup(easy); }
};

Web::Web(std::string url) : url_(std::move(url)), handle_(std::make_unique<Handle>()) {}
Web::~Web() = default;
Web::Web(Web&&) noexcept = default;

Reply Web::send(const std::string& method, const std::string& path,
                const std::vector<std::string>& headers, const std::string& body) {
  CURL* const easy = handle_->easy;
  Reply reply;
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, (url_ + path).c_str());
  if (!certificate_file_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, certificate_file_.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, kReplyPatience_s);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_reply_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_reply_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reply);
  curl_slist* lines = curl_slist_append(nullptr, "Expect:");
  if (method != "GET" || !body.empty()) {
    lines = curl_slist_append(lines, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  for (const std::string& line : headers) lines = curl_slist_append(lines, line.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
  const CURLcode code = curl_easy_perform(easy);
  curl_slist_free_all(lines);
  if (code == CURLE_PARTIAL_FILE) return {0, {}, kCutShort};
  if (code != CURLE_OK) return {0, {}, curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  return reply;
}

Reply Web::get(const std::string& path, const std::string& token) {
  if (token.empty()) return send("GET", path);
  return send("GET", path, {"token: " + token});
}

Reply Web::post(const std::string& path, const std::string& token, const std::string& body) {
  if (token.empty()) return send("POST", path, {}, body);
  return send("POST", path, {"token: " + token}, body);
}

std::string user_body(const std::string& user_id) { return R"({"userId": ")" + user_id + R"("})"; }

}  // namespace concert::test
