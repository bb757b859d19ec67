#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>

namespace concert {

// "refunded  [#######-------------]   35 %  1200 of 3400 tickets"
std::string progress_text(const std::string& what, std::int64_t done, std::int64_t total,
                          const std::string& noun);

// One line on a terminal that says how far long work is, and is wiped at its end. Where standard
// error is no terminal nothing is written.
class ProgressBar {
 public:
  // As in progress_text().
  ProgressBar(std::string what, std::int64_t total, std::string noun)
      : what_(std::move(what)), noun_(std::move(noun)), total_(total) {}
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::int64_t done);

 private:
  std::string what_;
  std::string noun_;
  std::int64_t total_;
  std::string shown_;
  bool is_on_terminal_ = ::isatty(STDERR_FILENO) == 1;
};

}  // namespace concert
