#include "support/ops_hammer.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/ops_http.h"

namespace concert::test {
namespace {

constexpr int kStatuses = 600;

[[noreturn]] void hammer(const std::string& url, const std::string& path, int clients, int go_on,
                         int results) {
  std::array<std::atomic<int>, kStatuses> counts{};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      Web web(url);
      while (!stop) ++counts[static_cast<std::size_t>(web.get(path).status)];
    });
  }
  // Its end says that it is time.
  char nothing = 0;
  while (::read(go_on, &nothing, 1) > 0) continue;
  stop = true;
  for (auto& thread : threads) thread.join();
  std::array<int, kStatuses> plain{};
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = counts[i];
  [[maybe_unused]] const auto written = ::write(results, plain.data(), sizeof plain);
  ::_exit(0);
}

}  // namespace

Hammer::Hammer(const std::string& url, const std::string& path, int clients) {
  int going[2];
  int resulting[2];
  if (::pipe2(going, O_CLOEXEC) != 0 || ::pipe2(resulting, O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(going[1]);
    hammer(url, path, clients, going[0], resulting[1]);
  }
  ::close(going[0]);
  ::close(resulting[1]);
  go_on_ = going[1];
  results_ = resulting[0];
}

Hammer::~Hammer() {
  if (pid_ > 0) stop();
}

std::map<int, int> Hammer::stop() {
  ::close(go_on_);
  std::array<int, kStatuses> plain{};
  auto* const bytes = reinterpret_cast<char*>(plain.data());
  for (std::size_t have = 0; have < sizeof plain;) {
    const auto got = ::read(results_, bytes + have, sizeof plain - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  ::close(results_);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  std::map<int, int> counts;
  for (int status = 0; status < kStatuses; ++status) {
    const int count = plain[static_cast<std::size_t>(status)];
    if (count > 0) counts[status] = count;
  }
  return counts;
}

}  // namespace concert::test
