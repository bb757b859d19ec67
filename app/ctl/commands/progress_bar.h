#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/input_output.h"

namespace concert {

// "refunded  [#######-------------]   35 %  1200 of 3400 tickets"
inline std::string progress_text(const std::string& what, std::int64_t done, std::int64_t total,
                                 const std::string& noun) {
  constexpr std::int64_t kWidth = 20;
  // More may be done than was there at the beginning.
  const std::int64_t all = std::max({total, done, std::int64_t{1}});
  const auto filled = static_cast<std::size_t>(done * kWidth / all);
  return fmt::format("{}  [{}{}]  {:>3} %  {} of {} {}", what, std::string(filled, '#'),
                     std::string(static_cast<std::size_t>(kWidth) - filled, '-'), done * 100 / all,
                     done, std::max(total, done), noun);
}

// One line on a terminal that says how far long work is, and is wiped at its end. Where standard
// error is no terminal nothing is written.
class ProgressBar {
 public:
  // As in progress_text().
  ProgressBar(std::string what, std::int64_t total, std::string noun)
      : what_(std::move(what)), noun_(std::move(noun)), total_(total) {}
  ~ProgressBar() {
    if (!shown_.empty()) write_to_stderr(kWipe);
  }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::int64_t done) {
    if (!is_on_terminal_) return;
    std::string text = progress_text(what_, done, total_, noun_);
    if (text == shown_) return;
    shown_ = std::move(text);
    write_to_stderr(kWipe + shown_);
  }

 private:
  // To the beginning of the line, and wipes it.
  static constexpr char kWipe[] = "\r\x1B[K";

  std::string what_;
  std::string noun_;
  std::int64_t total_;
  std::string shown_;
  bool is_on_terminal_ = ::isatty(STDERR_FILENO) == 1;
};

}  // namespace concert
