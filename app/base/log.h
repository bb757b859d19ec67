#pragma once

#include <json/forwards.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/trace_parent.h"

namespace concert {

class Metrics;

// Log lines go to stderr, one JSON object a line. error: wake somebody. warning: look today. A
// message says what happened, what it means and what to do; it never has a token, a key or a
// password. In the journal each line has a priority (error 3, warning 4, info 5, a request's line
// 6), so that a unit's LogLevelMax= can filter them.
enum class Severity { info, warning, error };

// Sets the program's name for every line. Call once, at the start.
void set_log_program(std::string_view program);

// json: as above. text: `program: message`, for a terminal. none: no lines, for a program that
// reports everything in another way. A request's line is always JSON.
enum class LogForm { json, text, none };
void set_log_form(LogForm form);

// Where dropped lines are counted: a program never waits for its log, so a line that the journal or
// a pipe does not accept is dropped.
void set_log_metrics(Metrics* metrics);

// A request's line: the path as a pattern, and the user, if there is one, as a hash.
struct RequestLine {
  std::string_view method;
  std::string_view route;
  int status = 0;
  std::string_view code;  // of a problem
  std::int64_t duration_us = 0;
  std::string_view user;
  std::string_view request_id;
  const TraceParent* trace = nullptr;  // null: it belongs to no trace
};
void log_request(const RequestLine& line);

// Writes one line, with the request's id while a LogContext lives.
void log(Severity severity, std::string_view message);
// The same with the members of the object `more` added.
void log_with(Severity severity, std::string_view message, const Json::Value& more);

inline void log_info(std::string_view message) { log(Severity::info, message); }
inline void log_warning(std::string_view message) { log(Severity::warning, message); }
inline void log_error(std::string_view message) { log(Severity::error, message); }

// Writes to stderr, in plain text, why the program does not start. In the journal each line has the
// priority of an error. Waits until all of it is written.
void print_error(std::string_view text);

// While it lives, log lines have its request id and, if there is one, the id of its trace.
class LogContext {
 public:
  explicit LogContext(std::string request_id, std::optional<TraceParent> trace = {});
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;
};

// The trace of the current request.
const std::optional<TraceParent>& trace_of_request();

}  // namespace concert
