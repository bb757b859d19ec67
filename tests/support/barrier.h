#pragma once

#include <sys/mman.h>

#include <atomic>
#include <new>
#include <thread>

namespace concert::test {

// A point that `count` processes reach before any of them goes on. Made before they are forked.
class Barrier {
 public:
  explicit Barrier(int count)
      : missing_(new (::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(count)) {}
  ~Barrier() { ::munmap(missing_, sizeof(std::atomic<int>)); }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  void arrive_and_wait() {
    --*missing_;
    while (*missing_ > 0) std::this_thread::yield();
  }

 private:
  std::atomic<int>* missing_;
};

}  // namespace concert::test
