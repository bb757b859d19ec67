#include "ctl/top/terminal.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/input_output.h"
#include "ctl/commands/command.h"

namespace concert {
namespace {

// For a terminal that does not report its size.
constexpr std::size_t kUsualRows = 24;
constexpr std::size_t kUsualColumns = 80;

// The foot, and the line that stays free.
constexpr std::size_t kBelowText = 2;

struct Size {
  std::size_t rows = kUsualRows;
  std::size_t columns = kUsualColumns;
};

Size size_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    return {};
  return {size.ws_row, size.ws_col};
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals, signal);
  return signals;
}

// Whether a pressed key asks for the end, or the input has ended.
bool wants_end() {
  std::array<char, 64> keys{};
  const auto got = ::read(STDIN_FILENO, keys.data(), keys.size());
  return got <= 0 || std::any_of(keys.begin(), keys.begin() + got,
                                 [](char key) { return key == 'q' || key == 'Q'; });
}

}  // namespace

std::string screen_of(const std::string& text, const std::string& foot, std::size_t rows,
                      std::size_t columns) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::size_t room = rows > kBelowText ? rows - kBelowText : 0;
  if (lines.size() > room) {
    const std::size_t kept = room > 0 ? room - 1 : 0;
    const std::string hint = fmt::format("... {} more lines", lines.size() - kept);
    lines.resize(kept);
    if (room > 0) lines.push_back(hint);
  }
  if (rows > 1) lines.push_back(foot);
  std::string screen = "\x1b[H";
  // The rest of a line may show what was there before.
  for (const std::string& line : lines) screen += line.substr(0, columns) + "\x1b[K\r\n";
  return screen + "\x1b[J";
}

std::string wrapped(const std::string& text, std::size_t columns) {
  std::string lines;
  std::size_t begin = 0;
  const std::size_t most = std::max<std::size_t>(columns, 1);
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end - begin <= most) {
      lines += text.substr(begin, end + 1 - begin);
      begin = end + 1;
      continue;
    }
    const auto space = text.rfind(' ', begin + most);
    const bool has_space = space != std::string::npos && space > begin;
    const auto cut = has_space ? space : begin + most;
    lines += text.substr(begin, cut - begin) + '\n';
    begin = has_space ? cut + 1 : cut;
  }
  return lines;
}

Terminal::Terminal() {
  if (::isatty(STDOUT_FILENO) == 0 || ::tcgetattr(STDIN_FILENO, &before_) != 0)
    throw UsageError("`top` refreshes a terminal; for a file or a pipe add --once.");
  write_output("\x1b[2J");
  const sigset_t signals = ending_signals();
  ::sigprocmask(SIG_BLOCK, &signals, &signals_before_);
  signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped program would leave the terminal as it is now
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
}

Terminal::~Terminal() {
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  ::close(signal_fd_);
  // Discards the signals that arrived: they have had their effect.
  const timespec at_once{};
  const sigset_t signals = ending_signals();
  while (::sigtimedwait(&signals, nullptr, &at_once) > 0) continue;
  ::sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
}

std::size_t Terminal::lines() const {
  const std::size_t rows = size_of_terminal().rows;
  return rows > kBelowText ? rows - kBelowText : 0;
}

void Terminal::show(const std::string& text, const std::string& foot) const {
  const Size size = size_of_terminal();
  write_output(screen_of(text, foot, size.rows, size.columns));
}

void Terminal::show_message(const std::string& text, const std::string& foot) const {
  show(wrapped(text, size_of_terminal().columns), foot);
}

bool Terminal::wait(std::chrono::milliseconds time) const {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {signal_fd_, POLLIN, 0}}};
    const int ready =
        ::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(0, left)));
    if (ready <= 0) return true;
    if (watched[1].revents != 0) return false;
    if (watched[0].revents != 0 && wants_end()) return false;
  }
}

}  // namespace concert
