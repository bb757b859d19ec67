#include "base/log.h"

#include <json/json.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>

namespace concert {
namespace {

std::string program_name = "concert";  // NOLINT: one name per process
std::string current_request_id;        // NOLINT: a worker handles one request at a time

std::string now_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::string fraction = std::to_string(1000 + ms % 1000);
  fraction[0] = '.';
  return std::string(text.data(), length) + fraction + "Z";
}

const char* to_text(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "error";
}

}  // namespace

void set_log_program(std::string_view program) { program_name = program; }

void log(Severity severity, std::string_view message, std::string_view request_id) {
  Json::Value line(Json::objectValue);
  line["time"] = now_text();
  line["level"] = to_text(severity);
  line["program"] = program_name;
  line["pid"] = static_cast<Json::Int64>(::getpid());
  line["message"] = std::string(message);
  const std::string_view id =
      request_id.empty() ? std::string_view(current_request_id) : request_id;
  if (!id.empty()) line["requestId"] = std::string(id);
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  builder["emitUTF8"] = true;
  // One write per line keeps lines of several workers apart.
  const std::string text = Json::writeString(builder, line) + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

LogContext::LogContext(std::string request_id) { current_request_id = std::move(request_id); }
LogContext::~LogContext() { current_request_id.clear(); }

}  // namespace concert
