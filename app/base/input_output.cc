#include "base/input_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace concert {
namespace {

// Some file systems report a full disk only when a file is closed.
void require_written() {
  const int copy = ::dup(STDOUT_FILENO);
  if (copy < 0 || ::close(copy) != 0) throw OutputError(errno);
}

std::string read_all(int fd) {
  constexpr std::size_t kMost = 16UL << 20;
  std::string all;
  std::array<char, 65536> bytes{};
  ssize_t got = 0;
  while ((got = ::read(fd, bytes.data(), bytes.size())) != 0) {
    if (got > 0) {
      all.append(bytes.data(), static_cast<std::size_t>(got));
      if (all.size() > kMost) throw std::runtime_error("it is longer than 16 MiB");
    } else if (errno != EINTR) {
      throw std::runtime_error(std::strerror(errno));
    }
  }
  return all;
}

void refuse_pipe(int fd) {
  struct stat of {};
  if (::fstat(fd, &of) != 0) throw std::runtime_error(std::strerror(errno));
  if (S_ISFIFO(of.st_mode)) throw std::runtime_error("it is a pipe, not a file");
}

std::string read_path(const std::string& path, bool may_be_pipe) {
  // Otherwise open() waits until a writer opens the pipe, and read() until it writes.
  const int no_wait = may_be_pipe ? 0 : O_NONBLOCK;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | no_wait);
  if (fd < 0) throw std::runtime_error(std::strerror(errno));
  try {
    if (!may_be_pipe) refuse_pipe(fd);
    std::string all = read_all(fd);
    ::close(fd);
    return all;
  } catch (...) {
    ::close(fd);
    throw;
  }
}

}  // namespace

std::string read_file(const std::string& path) { return read_path(path, false); }

std::string read_file_or_pipe(const std::string& path) { return read_path(path, true); }

std::string read_standard_input() { return read_all(STDIN_FILENO); }

void guard_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // open() returns the lowest free number: this stream's.
    (void)::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

OutputError::OutputError(int error)
    : std::runtime_error(std::strerror(error)), reader_is_gone_(error == EPIPE) {}

void write_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // another program has made it non-blocking
      pollfd taker{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&taker, 1, -1);
    } else if (errno != EINTR) {
      throw OutputError(errno);
    }
  }
  require_written();
}

void write_to_stderr(std::string_view text) noexcept {
  constexpr int kLongestWait_ms = 1000;
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    pollfd taker{STDERR_FILENO, POLLOUT, 0};
    const bool may_write_more =
        errno == EINTR || (errno == EAGAIN && ::poll(&taker, 1, kLongestWait_ms) > 0);
    if (!may_write_more) return;
  }
}

}  // namespace concert
