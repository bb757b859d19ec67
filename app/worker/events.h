#pragma once

#include <string>

#include "base/metrics.h"

namespace concert {

// The datagram socket at which the master hears what happened outside of its workers: the status of
// each answer that nginx gave by itself, and the report of each pass of concert-cron. What is said
// is only ever counted. It is not worth failing for: without it those figures stay 0.
class Events {
 public:
  // `handed` is systemd's socket, or -1: then one is opened at `path`, and removed at the end.
  Events(int handed, const std::string& path, Metrics& metrics);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // -1 if there is none.
  int fd() const { return fd_; }

  // Counts what has come, a bounded number of messages at a time; never waits.
  void take();

  // Counts one message.
  void count(std::string_view message);

 private:
  int open(const std::string& path);

  Metrics& metrics_;
  int fd_ = -1;
  std::string opened_path_;
};

}  // namespace concert
