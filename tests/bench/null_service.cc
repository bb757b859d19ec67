// The ceiling of the stack: prefork workers on libfcgi that answer a constant JSON and do nothing
// else. GET /null/N answers N bytes. `plain` is libfcgi's own loop, `kept` the one of concertd.

#include <fcgiapp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "worker/connections.h"
#include "worker/listener.h"

namespace {

// The same headers as an answer of concertd, and a body of `size` bytes.
std::string make_answer(std::size_t size) {
  constexpr std::size_t kFrame = 8;  // {"a":""}
  const std::string padding(size > kFrame ? size - kFrame : 0, 'x');
  const std::string body = R"({"a":")" + padding + R"("})";
  return fmt::format(
      "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
      "X-Request-Id: 0123456789abcdef0123456789abcdef\r\nCache-Control: no-store\r\n\r\n{}",
      body.size(), body);
}

void answer(const FCGX_Request& request) {
  static std::map<std::size_t, std::string> answers;
  const char* const path = FCGX_GetParam("REQUEST_URI", request.envp);
  const char* const last = path == nullptr ? nullptr : std::strrchr(path, '/');
  std::size_t size = 2;
  if (last != nullptr) std::from_chars(last + 1, last + std::strlen(last), size);
  std::string& text = answers[size];
  if (text.empty()) text = make_answer(size);
  FCGX_PutStr(text.data(), static_cast<int>(text.size()), request.out);
}

int serve_plain(int listen_fd) {
  FCGX_Init();
  FCGX_Request request;
  FCGX_InitRequest(&request, listen_fd, 0);
  while (FCGX_Accept_r(&request) >= 0) {
    answer(request);
    FCGX_Finish_r(&request);
  }
  return 0;
}

int serve_kept(int listen_fd, int worker) {
  concert::Connections connections(listen_fd, concert::keeps_connections(worker));
  for (;;) {
    const auto& round = connections.next();
    if (round.empty()) return 0;
    for (concert::Connection* const connection : round) {
      answer(*connection);
      connections.finish(*connection, FCGX_GetChar(connection->in) == EOF);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_null_service SOCKET WORKERS plain|kept\n");
    return 2;
  }
  const bool plain = std::strcmp(argv[3], "plain") == 0;
  const concert::Listener listener(argv[1]);
  if (plain) ::fcntl(listener.fd(), F_SETFL, 0);  // it waits in accept()
  const int workers = std::atoi(argv[2]);
  for (int i = 0; i < workers; ++i) {
    if (::fork() != 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::_exit(plain ? serve_plain(listener.fd()) : serve_kept(listener.fd(), i));
  }
  while (::wait(nullptr) > 0) continue;
  return 0;
}
