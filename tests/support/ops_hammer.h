#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace concert::test {

// Clients in a process of their own that send one request again and again, each as soon as the
// last was answered.
class Hammer {
 public:
  Hammer(const std::string& url, const std::string& path, int clients);
  ~Hammer();
  Hammer(const Hammer&) = delete;
  Hammer& operator=(const Hammer&) = delete;

  // Ends them. Returns how often each status came; 0 stands for no whole answer.
  std::map<int, int> stop();

 private:
  pid_t pid_ = -1;
  int go_on_ = -1;
  int results_ = -1;
};

}  // namespace concert::test
