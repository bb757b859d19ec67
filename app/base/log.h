#pragma once

#include <json/forwards.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/trace_parent.h"

namespace concert {

class Metrics;

// To the journal each line has its priority: error 3, warning 4, info 5 (notice), so that
// LogLevelMax= of a unit can choose; a request's line has 6.
//
// Log lines go to stderr, one JSON object a line. error: wake somebody. warning: look today.
// A message says what happened, what it means and what to do; it never bears a token, a key or a
// password.
enum class Severity { info, warning, error };

// Names the program in each line from now on. Call once, at the start.
void set_log_program(std::string_view program);

// json: as above. text: `program: message`, for a person at a terminal. none: for a program that
// says all of it otherwise. A request's line is always JSON.
enum class LogForm { json, text, none };
void set_log_form(LogForm form);

// Counts the lines that are dropped because the journal, or a pipe's reader, does not take them: a
// program never waits for its log.
void set_log_metrics(Metrics* metrics);

// What a request's line tells: a pattern for the path, and for the user a hash, if there is one.
struct RequestLine {
  std::string_view method;
  std::string_view route;
  int status = 0;
  std::string_view code;  // of a problem
  std::int64_t duration_us = 0;
  std::string_view user;
  std::string_view request_id;
  const TraceParent* trace = nullptr;  // null: it belongs to none
};
void log_request(const RequestLine& line);

// Writes one line. `request_id` is left out where empty.
void log(Severity severity, std::string_view message, std::string_view request_id = {});
// The same with the members of the object `more` behind the message.
void log_with(Severity severity, std::string_view message, const Json::Value& more);

inline void log_info(std::string_view message) { log(Severity::info, message); }
inline void log_warning(std::string_view message) { log(Severity::warning, message); }
inline void log_error(std::string_view message) { log(Severity::error, message); }

// Says on stderr, in plain text, why the program does not start. In the journal each line has the
// priority of an error. Waits until all of it is taken.
void print_error(std::string_view text);

// What a request's log lines share: while one lives, lines carry its request id, and the id of its
// trace if it has one.
class LogContext {
 public:
  explicit LogContext(std::string request_id, std::optional<TraceParent> trace = {});
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;
};

// The trace of the request in hand.
const std::optional<TraceParent>& trace_in_hand();

}  // namespace concert
