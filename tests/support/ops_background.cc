#include "support/ops_background.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/ops_http.h"

namespace concert::test {
namespace {

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto some = ::write(fd, text.data() + done, text.size() - done);
    if (some <= 0) return;
    done += static_cast<std::size_t>(some);
  }
}

std::string hammer(const std::string& url, const std::string& path, int clients,
                   const std::atomic<bool>& stop) {
  std::array<std::atomic<int>, 600> counts{};
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      Web web(url);
      while (!stop) ++counts[static_cast<std::size_t>(web.get(path).status)];
    });
  }
  for (auto& thread : threads) thread.join();
  std::ostringstream result;
  for (std::size_t status = 0; status < counts.size(); ++status) {
    if (counts[status] > 0) result << status << ' ' << counts[status] << '\n';
  }
  return result.str();
}

}  // namespace

Background::Background(const Work& work) {
  int going[2];
  int result[2];
  if (::pipe2(going, O_CLOEXEC) != 0 || ::pipe2(result, O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(going[1]);
    std::atomic<bool> stop{false};
    // The end of the pipe says that it is time.
    std::thread watch([&] {
      char nothing = 0;
      while (::read(going[0], &nothing, 1) > 0) continue;
      stop = true;
    });
    write_all(result[1], work(stop));
    ::_exit(0);
  }
  ::close(going[0]);
  ::close(result[1]);
  go_on_ = going[1];
  result_ = result[0];
}

Background::~Background() {
  if (pid_ > 0) stop();
}

std::string Background::stop() {
  ::close(go_on_);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(result_, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(result_);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return text;
}

Hammer::Hammer(const std::string& url, const std::string& path, int clients)
    : background_([=](const std::atomic<bool>& stop) { return hammer(url, path, clients, stop); }) {
}

std::map<int, int> Hammer::stop() {
  std::istringstream result(background_.stop());
  std::map<int, int> counts;
  for (int status = 0, count = 0; result >> status >> count;) counts[status] = count;
  return counts;
}

}  // namespace concert::test
