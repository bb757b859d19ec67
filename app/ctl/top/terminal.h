#pragma once

#include <termios.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>

namespace concert {

// `text` and the line `foot`, cut to what a terminal of that size shows, its last line left free,
// and with the codes that put it over what was there before. The foot stays; a hint tells how many
// lines of the text do not fit.
std::string screen_of(const std::string& text, const std::string& foot, std::size_t rows,
                      std::size_t columns);

// The terminal at stdin and stdout while something is shown that changes. Keys come at once and are
// not echoed; Ctrl-C, SIGTERM and SIGHUP end the showing, not the program, which leaves the
// terminal as it was. Make one only.
class Terminal {
 public:
  // Throws UsageError if there is none.
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // The lines that show() has for its text.
  std::size_t lines() const;
  void show(const std::string& text, const std::string& foot) const;
  // Waits that long; false as soon as somebody wants it to end: q, Ctrl-C, a signal, no more input.
  bool wait(std::chrono::milliseconds time) const;

 private:
  termios before_{};
  sigset_t signals_before_{};
  int signal_fd_ = -1;
};

}  // namespace concert
