#include "base/log.h"

#include <fmt/format.h>
#include <json/json.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "base/encoding.h"
#include "base/metrics.h"
#include "base/wording.h"

namespace concert {
namespace {

std::string program_name = "concert";      // NOLINT: one name per process
std::string current_request_id;            // NOLINT: a worker handles one request at a time
std::optional<TraceParent> current_trace;  // NOLINT: the same request's

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

LogForm log_form = LogForm::json;     // NOLINT: one per process
Metrics* metrics_of_drops = nullptr;  // NOLINT: one per process

// Whether stderr is the stream that systemd names as the journal's.
bool is_journal(const struct stat& of) {
  const char* const named = std::getenv("JOURNAL_STREAM");
  return named != nullptr && fmt::format("{}:{}", of.st_dev, of.st_ino) == named;
}

std::string prefix(int priority) { return fmt::format("<{}>", priority); }

// One write per line, so that lines of several workers do not mix.
void write_line(int priority, std::string text) {
  struct stat of {};
  const bool known = ::fstat(STDERR_FILENO, &of) == 0;
  if (known && is_journal(of)) text.insert(0, prefix(priority));
  text += '\n';
  ssize_t written = 0;
  if (known && S_ISSOCK(of.st_mode)) {
    written = ::send(STDERR_FILENO, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } else {
    pollfd room{STDERR_FILENO, POLLOUT, 0};
    const bool full = known && S_ISFIFO(of.st_mode) && ::poll(&room, 1, 0) == 0;
    written = full ? -1 : ::write(STDERR_FILENO, text.data(), text.size());
  }
  if (written < 0 && metrics_of_drops != nullptr) metrics_of_drops->add(Metrics::log_lines_dropped);
}

int priority_of(Severity severity) {
  switch (severity) {
    case Severity::info: return 5;
    case Severity::warning: return 4;
    case Severity::error: return 3;
  }
  return 3;
}

// Writes the object `line` in the form of the log.
void write(Severity severity, const Json::Value& line) {
  switch (log_form) {
    case LogForm::json: return write_line(priority_of(severity), json_text(line));
    case LogForm::text:
      return write_line(
          priority_of(severity),
          fmt::format("{}: {}", program_name, escaped_lines(line["message"].asString())));
    case LogForm::none: return;
  }
}

Json::Value head_of_line(Severity severity, std::string_view message) {
  Json::Value line(Json::objectValue);
  line["time"] = now_text();
  line["level"] = to_text(severity);
  line["program"] = program_name;
  line["pid"] = static_cast<Json::Int64>(::getpid());
  line["message"] = std::string(message);
  if (!current_request_id.empty()) line["requestId"] = current_request_id;
  if (current_trace) line["traceId"] = std::string(current_trace->trace_id());
  return line;
}

}  // namespace

void set_log_form(LogForm form) { log_form = form; }

void set_log_metrics(Metrics* metrics) { metrics_of_drops = metrics; }

void log_request(const RequestLine& line) {
  // Without a route, the method is whatever the client sent.
  std::string method(line.method.substr(0, 16));
  std::erase_if(method, [](char c) { return c < 'A' || c > 'Z'; });
  std::string text =
      fmt::format(R"({{"time":"{}","level":"info","program":"{}","pid":{},"message":"request",)"
                  R"("requestId":"{}","method":"{}","route":"{}","status":{},"durationMs":{:.3f})",
                  now_text(), program_name, ::getpid(), line.request_id, method, line.route,
                  line.status, static_cast<double>(line.duration_us) / 1000);
  if (!line.code.empty()) text += fmt::format(R"(,"code":"{}")", line.code);
  if (!line.user.empty()) text += fmt::format(R"(,"user":"{}")", line.user);
  if (line.trace != nullptr) {
    text += fmt::format(R"(,"traceId":"{}","spanId":"{}")", line.trace->trace_id(),
                        line.trace->span_id());
  }
  constexpr int kPriority = 6;
  write_line(kPriority, text + "}");
}

void set_log_program(std::string_view program) { program_name = program; }

void log(Severity severity, std::string_view message) {
  write(severity, head_of_line(severity, message));
}

void log_with(Severity severity, std::string_view message, const Json::Value& more) {
  Json::Value line = head_of_line(severity, message);
  for (const std::string& name : more.getMemberNames()) line[name] = more[name];
  write(severity, line);
}

void print_error(std::string_view text) {
  struct stat of {};
  const bool journal = ::fstat(STDERR_FILENO, &of) == 0 && is_journal(of);
  const std::string before = journal ? prefix(priority_of(Severity::error)) : "";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::cerr << before + escaped(line) + '\n';
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

LogContext::LogContext(std::string request_id, std::optional<TraceParent> trace) {
  current_request_id = std::move(request_id);
  current_trace = std::move(trace);
}
LogContext::~LogContext() {
  current_request_id.clear();
  current_trace.reset();
}

const std::optional<TraceParent>& trace_of_request() { return current_trace; }

}  // namespace concert
