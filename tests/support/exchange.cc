#include "support/exchange.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>

#include "base/encoding.h"

namespace concert::test {
namespace {

// The record is JSON, so what is not UTF-8 must be written in another way.
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

std::string compact(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, value);
}

}  // namespace concert::test
