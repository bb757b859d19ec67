#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace concert {

// What a failure (something is wrong; not a refusal) means to people. Every program takes it from
// here, so that a client, a log line and a command say the same about the same failure.
struct Failure {
  // For a client of the API.
  int status = 500;
  std::string_view code;
  std::string_view detail;
  // For an administrator. `meaning` is empty where the cause says enough.
  std::string_view meaning;
  std::string_view advice;
  int exit_code = 1;
  bool passes = false;  // by itself: a warning in the log; else an error
};

// The answer to a request that is not looked at because more arrive than can be served.
const Failure& busy_failure();

const Failure& failure_of(const std::exception& error);

// `<meaning>: <cause>. <advice>`, for an administrator.
std::string message_of(const std::exception& error);

// Logs `<happened>: <message>` as a warning or an error.
void log_failure(std::string_view happened, const std::exception& error);

}  // namespace concert
