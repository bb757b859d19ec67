#pragma once

#include <sys/types.h>
#include <termios.h>

#include <string>
#include <vector>

namespace concert::test {

// A program with its own terminal, and the person at it.
class TerminalProgram {
 public:
  explicit TerminalProgram(const std::vector<std::string>& command, unsigned short lines = 50,
                           unsigned short columns = 100);
  // Ends the program if it still runs.
  ~TerminalProgram();
  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;

  void type(const std::string& keys) const;
  void signal(int number) const;
  // Waits until `text` is shown, after every text waited for before. Returns false if it is not
  // within a generous time.
  bool shows(const std::string& text);
  // Everything shown so far.
  const std::string& shown() const { return shown_; }
  // Waits for its end. Returns the exit code, 128 + the signal's number, or -1 if it does not end
  // within a generous time.
  int wait();
  // The terminal's modes, and those before the program began.
  termios modes() const;
  const termios& first_modes() const { return first_modes_; }

 private:
  void take();
  bool ended();

  int master_ = -1;
  int slave_ = -1;
  termios first_modes_{};
  pid_t pid_ = -1;
  int status_ = -1;
  std::string shown_;
  std::size_t seen_ = 0;
};

}  // namespace concert::test
