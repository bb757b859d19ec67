#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>

namespace concert::test {

// Work in a process of its own until the test ends it. A thread would not do: a test with threads
// should not start processes.
class Background {
 public:
  // Runs `work`, which returns its result once `stop` is true.
  using Work = std::function<std::string(const std::atomic<bool>& stop)>;

  explicit Background(const Work& work);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Asks it to stop, waits, and returns the result; empty if it died.
  std::string stop();

 private:
  pid_t pid_ = -1;
  int go_on_ = -1;
  int result_ = -1;
};

// Clients that send one GET again and again, each as soon as the last was answered.
class Hammer {
 public:
  Hammer(const std::string& url, const std::string& path, int clients);

  // Ends them. Returns how often each status came; 0 stands for no whole answer.
  std::map<int, int> stop();

 private:
  Background background_;
};

}  // namespace concert::test
