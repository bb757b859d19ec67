#include "bench/http_engine.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace concert::bench {
namespace {

// The whole length of the answer that begins `text`; 0 while its head is not complete.
std::size_t length_of(const std::string& text) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  constexpr std::string_view kLength = "Content-Length: ";
  const auto end = text.find(kEnd);
  if (end == std::string::npos) return 0;
  const auto at = text.find(kLength);
  std::size_t body = 0;
  if (at < end) std::from_chars(text.data() + at + kLength.size(), text.data() + text.size(), body);
  return end + kEnd.size() + body;
}

}  // namespace

HttpEngine::HttpEngine(int port, std::size_t connections, OnAnswer on_answer)
    : port_(port),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      on_answer_(std::move(on_answer)),
      lines_(connections) {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    open(lines_[i]);
    free_.push_back(i);
  }
}

HttpEngine::~HttpEngine() {
  for (const Line& line : lines_) ::close(line.fd);
  ::close(epoll_fd_);
}

void HttpEngine::open(Line& line) {
  line.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(line.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(fmt::format("cannot connect to port {}", port_));
  const int yes = 1;
  ::setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(&line - lines_.data());
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, line.fd, &event);
}

void HttpEngine::submit(std::uint32_t user, std::string request, std::chrono::milliseconds delay) {
  Job job{user, std::move(request), Clock::now() + delay};
  if (delay.count() > 0) {
    later_.push(std::move(job));
  } else {
    ready_.push_back(std::move(job));
  }
}

void HttpEngine::send_due() {
  const auto now = Clock::now();
  while (!later_.empty() && later_.top().due <= now) {
    ready_.push_back(later_.top());
    later_.pop();
  }
  while (!free_.empty() && !ready_.empty()) {
    Line& line = lines_[free_.back()];
    free_.pop_back();
    line.job = std::move(ready_.front());
    ready_.pop_front();
    line.busy = true;
    ++under_way_;
    // A request is a few hundred bytes: an idle connection takes it whole.
    ::send(line.fd, line.job.request.data(), line.job.request.size(), MSG_NOSIGNAL);
  }
}

void HttpEngine::read(Line& line) {
  std::array<char, 16384> buffer{};
  const auto got = ::recv(line.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    ::close(line.fd);
    open(line);
    if (line.busy) finish(line, {});
    line.received.clear();
    return;
  }
  line.received.append(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t length = length_of(line.received);
  if (length == 0 || line.received.size() < length) return;
  Answer answer;
  std::from_chars(line.received.data() + 9, line.received.data() + 12, answer.status);
  answer.body = line.received.substr(line.received.find("\r\n\r\n") + 4);
  line.received.clear();
  finish(line, std::move(answer));
}

void HttpEngine::finish(Line& line, Answer answer) {
  answer.taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - line.job.due);
  line.busy = false;
  --under_way_;
  free_.push_back(static_cast<std::size_t>(&line - lines_.data()));
  on_answer_(line.job.user, answer);
}

void HttpEngine::run(Clock::time_point end) {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const auto now = Clock::now();
    if (now >= end) {
      ready_.clear();
      later_ = {};
    }
    send_due();
    if (under_way_ == 0 && ready_.empty() && later_.empty()) return;
    auto until = end;
    if (!later_.empty() && !free_.empty()) until = std::min(until, later_.top().due);
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count();
    const int count =
        ::epoll_wait(epoll_fd_, events.data(), events.size(),
                     now >= end ? 60'000 : static_cast<int>(std::clamp<long>(wait, 0, 1000)));
    if (count == 0 && now >= end) throw std::runtime_error("no answer within 60 s");
    for (int i = 0; i < count; ++i) read(lines_[events[static_cast<std::size_t>(i)].data.u64]);
  }
}

std::string http_get(const std::string& path, std::string_view token) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\ntoken: {}\r\n\r\n", path, token);
}

std::string http_send(const std::string& method, const std::string& path, std::string_view token,
                      const std::string& body) {
  const std::string head = token.empty() ? "" : fmt::format("token: {}\r\n", token);
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{}"
      "Content-Length: {}\r\n\r\n{}",
      method, path, head, body.size(), body);
}

}  // namespace concert::bench
