#include "support/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "base/utf8.h"

namespace concert::test {
namespace {

constexpr long kPatience_s = 60;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The record is JSON, so what is not UTF-8 must be written in another way.
std::string recordable(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string shown;
  for (const char c : text) shown += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return shown;
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

void add_header(Headers& headers, const std::string& line) {
  const auto colon = line.find(':');
  if (colon == std::string::npos) return;
  const auto first = line.find_first_not_of(" \t", colon + 1);
  const auto last = line.find_last_not_of(" \t\r\n");
  const std::string value =
      first == std::string::npos || first > last ? "" : line.substr(first, last - first + 1);
  std::string& slot = headers[lower(line.substr(0, colon))];
  slot += slot.empty() ? value : ", " + value;
}

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* headers) {
  add_header(*static_cast<Headers*>(headers), std::string(data, size * count));
  return size * count;
}

// Reads until the answer is whole: by its length, or by the end of the connection.
std::string read_answer(int fd) {
  std::string answer;
  char buffer[4096];
  while (true) {
    const auto got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
    const auto head_end = answer.find("\r\n\r\n");
    const auto length = lower(answer).find("content-length: ");
    if (head_end == std::string::npos || length == std::string::npos || length > head_end) continue;
    const auto wanted = std::strtoul(answer.c_str() + length + 16, nullptr, 10);
    if (answer.size() >= head_end + 4 + wanted) return answer;
  }
}

HttpResponse parse_answer(const std::string& answer) {
  HttpResponse response;
  const auto head_end = answer.find("\r\n\r\n");
  if (answer.rfind("HTTP/", 0) != 0 || head_end == std::string::npos) {
    throw std::runtime_error("no HTTP answer: " + answer.substr(0, 100));
  }
  std::istringstream head(answer.substr(0, head_end));
  std::string line;
  std::getline(head, line);
  response.status = std::atoi(line.substr(line.find(' ')).c_str());
  while (std::getline(head, line)) add_header(response.headers, line);
  response.body = answer.substr(head_end + 4);
  return response;
}

}  // namespace

Json::Value HttpResponse::json() const {
  Json::CharReaderBuilder builder;
  Json::Value value;
  std::string errors;
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  reader->parse(body.data(), body.data() + body.size(), &value, &errors);
  return value;
}

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
  curl_easy_setopt(easy, CURLOPT_URL, (base_url_ + request.path).c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, kPatience_s);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &response.headers);
  if (request.body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body->c_str());
  }
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  // An empty Expect keeps curl from asking first whether it may send a body.
  curl_slist* lines = curl_slist_append(nullptr, "Expect:");
  if (request.headers.count("Content-Type") == 0) {
    lines = curl_slist_append(lines, "Content-Type:");
  }
  for (const auto& [name, value] : request.headers) {
    // curl sends a header without a value only if it is written with a semicolon.
    lines = curl_slist_append(
        lines, value.empty() ? (name + ";").c_str() : fmt::format("{}: {}", name, value).c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
  const CURLcode code = curl_easy_perform(easy);
  curl_slist_free_all(lines);
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

HttpResponse send_raw(int port, const std::string& bytes, const HttpRequest& said) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kPatience_s, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    // The server may have answered, and closed, before it has read all.
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto some = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (some <= 0) break;
      sent += static_cast<std::size_t>(some);
    }
    answer = read_answer(fd);
  }
  ::close(fd);
  HttpResponse response = parse_answer(answer);
  record(said, response);
  return response;
}

std::string compact(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, value);
}

}  // namespace concert::test
