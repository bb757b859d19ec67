#pragma once

#include <string>

#include "base/metrics.h"
#include "worker/nginx_answers_log.h"

namespace concert {

// How the master counts what happens outside of its workers: each pass of concert-cron sends a
// report as a datagram, and nginx writes the status of each answer of its own to a log (or, with
// the site of an earlier release, sends it to the socket). Best effort: without the socket or the
// log those figures stay 0 and everything else works.
class ReportSocket {
 public:
  // `handed` is the socket that systemd passed. If it is -1, a socket is opened at `path` and
  // removed by the destructor; a socket that another process has there is left to it, with a
  // warning. `answers_log` is the path of nginx's log; empty: there is none.
  ReportSocket(int handed, const std::string& path, const std::string& answers_log,
               Metrics& metrics);
  ~ReportSocket();
  ReportSocket(const ReportSocket&) = delete;
  ReportSocket& operator=(const ReportSocket&) = delete;

  // Readable when take() may have something to do: after each datagram, and once a second for the
  // log.
  int fd() const { return epoll_fd_; }

  // Counts what has come: at most 256 datagrams and 1 MiB of the log at a time. Never waits.
  void take();

  // Counts one datagram; one that is malformed as such.
  void count(std::string_view message);

 private:
  void open_or_warn(const std::string& path);
  int open(const std::string& path);
  void take_datagrams();
  void watch(int fd) const;

  Metrics& metrics_;
  NginxAnswersLog answers_;
  int fd_ = -1;
  int timer_fd_ = -1;
  int epoll_fd_ = -1;
  std::string opened_path_;
};

}  // namespace concert
