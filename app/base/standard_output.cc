#include "base/standard_output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace concert {
namespace {

// Some file systems report a full disk at the close of a file only.
void require_taken() {
  const int copy = ::dup(STDOUT_FILENO);
  if (copy < 0 || ::close(copy) != 0) throw OutputError(errno);
}

}  // namespace

void guard_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this stream's.
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
  require_taken();
}

}  // namespace concert
