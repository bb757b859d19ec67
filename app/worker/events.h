#pragma once

#include <string>

#include "base/metrics.h"
#include "worker/own_answers.h"

namespace concert {

// How the master hears what happened outside of its workers: by a datagram socket the report of
// each pass of concert-cron, and from a log the status of each answer that nginx gave by itself
// (which a site of an earlier release sends to the socket). What is said is only ever counted. It
// is not worth failing for: without it those figures stay 0.
class Events {
 public:
  // `handed` is systemd's socket, or -1: then one is opened at `path`, and removed at the end.
  // `answers_log` is nginx's, or empty.
  Events(int handed, const std::string& path, const std::string& answers_log, Metrics& metrics);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // Can be read when there may be something to take, for the log once a second.
  int fd() const { return epoll_fd_; }

  // Counts what has come, a bounded number of messages and lines at a time; never waits.
  void take();

  // Counts one message.
  void count(std::string_view message);

 private:
  int open(const std::string& path);
  void take_datagrams();
  void watch(int fd) const;

  Metrics& metrics_;
  OwnAnswers answers_;
  int fd_ = -1;
  int timer_fd_ = -1;
  int epoll_fd_ = -1;
  std::string opened_path_;
};

}  // namespace concert
