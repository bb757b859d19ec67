#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace concert::bench {

using Clock = std::chrono::steady_clock;

struct Answer {
  int status = 0;  // 0 where the connection broke
  std::string body;
  std::chrono::microseconds taken{};  // from the moment that the request was due
};

// Sends requests over a fixed number of kept connections and hands out the answers, all in one
// thread. A request waits until it is due and a connection is free.
class HttpEngine {
 public:
  using OnAnswer = std::function<void(std::uint32_t user, const Answer& answer)>;

  // Opens the connections. Throws std::runtime_error.
  HttpEngine(int port, std::size_t connections, OnAnswer on_answer);
  ~HttpEngine();
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;

  void submit(std::uint32_t user, std::string request, std::chrono::milliseconds delay = {});

  // Runs until nothing is left to do; after `end`, waiting requests are dropped and only those that
  // were sent are awaited.
  void run(Clock::time_point end);

 private:
  struct Job {
    std::uint32_t user = 0;
    std::string request;
    Clock::time_point due;
  };
  struct Later {
    bool operator()(const Job& a, const Job& b) const { return a.due > b.due; }
  };
  struct Line {
    int fd = -1;
    bool busy = false;
    Job job;
    std::string received;
  };

  void open(Line& line);
  void send_due();
  void read(Line& line);
  void finish(Line& line, Answer answer);

  int port_;
  int epoll_fd_;
  OnAnswer on_answer_;
  std::vector<Line> lines_;
  std::vector<std::size_t> free_;
  std::deque<Job> ready_;
  std::priority_queue<Job, std::vector<Job>, Later> later_;
  std::size_t under_way_ = 0;
};

std::string http_get(const std::string& path, std::string_view token);
std::string http_send(const std::string& method, const std::string& path, std::string_view token,
                      const std::string& body);

}  // namespace concert::bench
