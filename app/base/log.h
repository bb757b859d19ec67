#pragma once

#include <string>
#include <string_view>

namespace concert {

// Log lines go to stderr, one JSON object a line. error: wake somebody. warning: look today.
// A message says what happened, what it means and what to do; it never bears a token, a key or a
// password.
enum class Severity { info, warning, error };

// Names the program in each line from now on. Call once, at the start.
void set_log_program(std::string_view program);

// Writes one line. `request_id` is left out where empty.
void log(Severity severity, std::string_view message, std::string_view request_id = {});

inline void log_info(std::string_view message) { log(Severity::info, message); }
inline void log_warning(std::string_view message) { log(Severity::warning, message); }
inline void log_error(std::string_view message) { log(Severity::error, message); }

// What a request's log lines share: while one lives, lines carry its request id.
class LogContext {
 public:
  explicit LogContext(std::string request_id);
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;
};

}  // namespace concert
