#include "ctl/commands/progress_bar.h"

#include <fmt/format.h>

#include <algorithm>

namespace concert {
namespace {

constexpr std::int64_t kWidth = 20;

// To the beginning of the line, and wipes it.
constexpr char kWipe[] = "\r\x1B[K";

}  // namespace

std::string progress_text(const std::string& what, std::int64_t done, std::int64_t total,
                          const std::string& noun) {
  // More may be done than was there at the beginning.
  const std::int64_t all = std::max({total, done, std::int64_t{1}});
  const auto filled = static_cast<std::size_t>(done * kWidth / all);
  return fmt::format("{}  [{}{}]  {:>3} %  {} of {} {}", what, std::string(filled, '#'),
                     std::string(static_cast<std::size_t>(kWidth) - filled, '-'), done * 100 / all,
                     done, std::max(total, done), noun);
}

ProgressBar::~ProgressBar() {
  if (!shown_.empty()) fmt::print(stderr, "{}", kWipe);
}

void ProgressBar::show(std::int64_t done) {
  if (!is_on_terminal_) return;
  std::string text = progress_text(what_, done, total_, noun_);
  if (text == shown_) return;
  shown_ = std::move(text);
  fmt::print(stderr, "{}{}", kWipe, shown_);
  std::fflush(stderr);
}

}  // namespace concert
