#pragma once

#include <sys/types.h>

#include <string>

#include "base/metrics.h"

namespace concert {

// The log in which nginx writes the status of each answer that it gives by itself, a line of three
// digits each. Unlike a datagram, a line is never lost, however fast they come.
class OwnAnswers {
 public:
  // What `path` has now is not counted; it may be missing, and appear later. An empty path: there
  // is no such log.
  OwnAnswers(std::string path, Metrics& metrics);
  ~OwnAnswers();
  OwnAnswers(const OwnAnswers&) = delete;
  OwnAnswers& operator=(const OwnAnswers&) = delete;

  // Counts what has been added, a bounded number of lines at a time; never waits. Follows the log
  // to a new file where it was rotated, and to its beginning where it was cut. Warns once of a file
  // that cannot be read, and of one that is missing at more than 60 looks in a row.
  void take();

 private:
  bool open();
  void close();
  // Whether the path has another file, in which nginx has begun to write.
  bool is_rotated() const;
  void count(char byte);

  std::string path_;
  Metrics& metrics_;
  int fd_ = -1;
  bool warned_ = false;
  int missing_ = 0;  // looks in a row at which there was no file
  bool leaving_ =
      false;  // rotated at the last look; each worker of nginx may still end the old one
  int digits_ = 0;
  int status_ = 0;
};

}  // namespace concert
