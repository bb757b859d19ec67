#pragma once

#include <termios.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>

namespace concert {

// `text` and the line `foot`, cut to the size of a terminal whose last line stays free, with the
// control codes that overwrite the screen before. The foot always shows; a hint says how many lines
// of the text do not fit.
std::string screen_of(const std::string& text, const std::string& foot, std::size_t rows,
                      std::size_t columns);

// `text` with its lines broken at spaces where they have more than `columns` characters; a word
// that is longer is broken itself.
std::string wrapped(const std::string& text, std::size_t columns);

// The terminal at stdin and stdout, for a display that refreshes. Keys arrive at once and are not
// echoed. Ctrl-C, SIGTERM and SIGHUP end the display, not the program; the destructor restores the
// terminal. One instance at a time.
class Terminal {
 public:
  // Throws UsageError if stdin or stdout is no terminal.
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // The lines that show() has for its text.
  std::size_t lines() const;
  void show(const std::string& text, const std::string& foot) const;
  // The same for a message, of which nothing is cut at the columns.
  void show_message(const std::string& text, const std::string& foot) const;
  // Waits that long. Returns false at once on q, Ctrl-C, an ending signal or the end of input.
  bool wait(std::chrono::milliseconds time) const;

 private:
  termios before_{};
  sigset_t signals_before_{};
  int signal_fd_ = -1;
};

}  // namespace concert
