#include "support/terminal_program.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "support/process.h"
#include "support/stack.h"

namespace concert::test {

TerminalProgram::TerminalProgram(const std::vector<std::string>& command, unsigned short lines,
                                 unsigned short columns) {
  winsize size{};
  size.ws_row = lines;
  size.ws_col = columns;
  if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0)
    throw std::runtime_error("cannot open a terminal");
  ::fcntl(master_, F_SETFL, O_NONBLOCK);
  first_modes_ = modes();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::close(master_);
  ::login_tty(slave_);
  become(command);
}

TerminalProgram::~TerminalProgram() {
  if (!ended()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(master_);
  ::close(slave_);
}

void TerminalProgram::type(const std::string& keys) const {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("cannot type");
}

void TerminalProgram::signal(int number) const { ::kill(pid_, number); }

void TerminalProgram::take() {
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(master_, buffer.data(), buffer.size())) > 0;)
    shown_.append(buffer.data(), static_cast<std::size_t>(got));
}

bool TerminalProgram::shows(const std::string& text) {
  return eventually([&] {
    take();
    const auto at = shown_.find(text, seen_);
    if (at == std::string::npos) return false;
    seen_ = at + text.size();
    return true;
  });
}

bool TerminalProgram::ended() {
  if (status_ != -1) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = exit_code(status);
  return true;
}

int TerminalProgram::wait() {
  const bool has_ended = eventually([&] {
    take();  // a full terminal would hold it up
    return ended();
  });
  take();
  return has_ended ? status_ : -1;
}

termios TerminalProgram::modes() const {
  termios modes{};
  ::tcgetattr(slave_, &modes);
  return modes;
}

}  // namespace concert::test
