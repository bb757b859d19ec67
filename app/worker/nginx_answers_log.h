#pragma once

#include <string>

#include "base/metrics.h"

namespace concert {

// The log in which nginx writes the status of each answer of its own: one line of three digits per
// answer. Unlike a datagram, a line is never lost, at any rate.
class NginxAnswersLog {
 public:
  // Lines that the file at `path` has already are not counted. The file may appear later. An empty
  // path stands for no log.
  NginxAnswersLog(std::string path, Metrics& metrics);
  ~NginxAnswersLog();
  NginxAnswersLog(const NginxAnswersLog&) = delete;
  NginxAnswersLog& operator=(const NginxAnswersLog&) = delete;

  // Counts the lines that were added, at most 1 MiB of them. Never waits. Goes on with the new file
  // after a rotation, and at the beginning after a truncation.
  // Warns once of a file that cannot be read, and of one that is missing at more than 60 looks in a
  // row.
  void take();

 private:
  bool open();
  void close();
  // Whether another file is at the path and nginx has begun to write to it.
  bool is_rotated() const;
  void count(char byte);

  std::string path_;
  Metrics& metrics_;
  int fd_ = -1;
  bool warned_ = false;
  int missing_ = 0;  // looks in a row at which there was no file
  // Rotated at the last look. The old file is read once more: a worker of nginx may still have
  // written to it.
  bool leaving_ = false;
  int digits_ = 0;
  int status_ = 0;
};

}  // namespace concert
