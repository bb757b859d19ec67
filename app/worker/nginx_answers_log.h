#pragma once

#include <string>

#include "base/metrics.h"

namespace concert {

// The log in which nginx writes the status of each answer of its own: one line of three digits per
// answer. However many there are, no line is lost, as a datagram may be.
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
  // Logs one warning in all: if the file cannot be read, or is missing at more than 60 calls in a
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
