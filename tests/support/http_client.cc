#include "support/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "base/encoding.h"

namespace concert::test {

namespace {

// The record is JSON, so bytes that are no UTF-8 need another form.
std::string recordable(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string shown;
  for (const char c : text) shown += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return shown;
}

}  // namespace

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void record(const HttpRequest& request, const HttpResponse& response) {
  static std::mutex one_at_a_time;
  static std::ofstream file(CONCERT_BINARY_DIR "/api_exchanges.jsonl", std::ios::trunc);
  Json::Value line(Json::objectValue);
  line["method"] = request.method;
  line["path"] = recordable(request.path);
  line["requestBody"] = request.body ? Json::Value(recordable(*request.body)) : Json::Value();
  line["status"] = response.status;
  line["headers"] = Json::Value(Json::objectValue);
  for (const auto& [name, value] : response.headers) line["headers"][name] = recordable(value);
  line["body"] = recordable(response.body);
  const std::string text = compact(line);
  const std::lock_guard lock(one_at_a_time);
  file << text << std::endl;
}

std::optional<std::pair<std::string, std::string>> parse_header(const std::string& line) {
  const auto colon = line.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto first = line.find_first_not_of(" \t", colon + 1);
  const auto last = line.find_last_not_of(" \t\r\n");
  return std::pair{lower(line.substr(0, colon)),
                   first > last ? "" : line.substr(first, last - first + 1)};
}

void add_header(Headers& headers, const std::string& line) {
  const auto header = parse_header(line);
  if (!header) return;
  std::string& slot = headers[header->first];
  slot += slot.empty() ? header->second : ", " + header->second;
}

Json::Value parse_json(const std::string& text) {
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  Json::Value value;
  const bool is_json = reader->parse(text.data(), text.data() + text.size(), &value, nullptr);
  return is_json ? value : Json::Value();
}

Json::Value HttpResponse::json() const { return parse_json(body); }

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string HttpResponse::outcome() const {
  const std::string number = std::to_string(status);
  if (status < 400) return number;
  const Json::Value problem = json();
  const bool has_code = problem.isObject() && problem["code"].isString();
  return has_code ? number + " " + problem["code"].asString() : number;
}

std::string compact(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, value);
}

namespace {

constexpr long kPatience_s = 60;

using HeaderLines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* headers) {
  add_header(*static_cast<Headers*>(headers), std::string(data, size * count));
  return size * count;
}

void expect_answer(CURL* easy, HttpResponse& response) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, kPatience_s);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &response.headers);
}

// What is sent, less what curl would add by itself.
curl_slist* header_lines(const Headers& headers) {
  // An empty Expect keeps curl from asking first whether it may send a body.
  curl_slist* lines = curl_slist_append(nullptr, "Expect:");
  if (headers.count("Content-Type") == 0) lines = curl_slist_append(lines, "Content-Type:");
  for (const auto& [name, value] : headers) {
    // curl sends a header without a value only if it is written with a semicolon.
    const std::string line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
    lines = curl_slist_append(lines, line.c_str());
  }
  return lines;
}

}  // namespace

struct HttpClient::Handle {
  CURL* easy = curl_easy_init();
  ~Handle() { curl_easy_cleanup(easy); }
};

HttpClient::HttpClient(std::string base_url)
    : base_url_(std::move(base_url)), handle_(std::make_unique<Handle>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

HttpResponse HttpClient::send(const HttpRequest& request) {
  CURL* const easy = handle_->easy;
  HttpResponse response;
  curl_easy_reset(easy);
  expect_answer(easy, response);
  curl_easy_setopt(easy, CURLOPT_URL, (base_url_ + request.path).c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  if (request.body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body->c_str());
  }
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  const HeaderLines lines(header_lines(request.headers), &curl_slist_free_all);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines.get());
  const CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) {
    throw std::runtime_error(
        fmt::format("{} {}: {}", request.method, request.path, curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  record(request, response);
  return response;
}

}  // namespace concert::test
