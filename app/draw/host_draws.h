#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/sha256.h"
#include "domain/ids.h"
#include "draw/draw.h"

namespace concert {

// The draws of the queues, each computed once per host, under a lock, and kept in a file that every
// process maps: DrawFile says which file counts; any other is replaced. If the file cannot be made
// (the disk is full, the folder is missing), each process computes the draw in memory of its own:
// the same places at a greater cost, and a warning at most once a minute. For one thread at a time.
class HostDraws {
 public:
  // The files are `folder`/draw-QUEUE, and .new and .lock of each. The folder must be there, and
  // only this user may write to it. On a tmpfs a file that is in use can always be read; on a disk
  // an error of the disk would end the process (SIGBUS). While another process computes a draw,
  // this one waits for `timeout_ms`, and 1 ms more per 1,000 entries; then it computes by itself.
  explicit HostDraws(std::string folder, std::int64_t timeout_ms = kTimeout_ms)
      : folder_(std::move(folder)), timeout_ms_(timeout_ms) {}

  // The draw of the queue, good until the queue is asked for with another input. After the first
  // call of this process it costs one hash of the input.
  const Draw& of(QueueId queue, const DrawInput& input);

 private:
  static constexpr std::int64_t kTimeout_ms = 2000;

  struct Kept {
    Digest key;
    Draw draw;
  };

  Draw find(QueueId queue, const DrawInput& input, const Digest& key);
  void warn(QueueId queue, const std::string& reason);

  std::string folder_;
  std::int64_t timeout_ms_;
  std::map<QueueId, Kept> kept_;
  std::optional<std::int64_t> warned_ms_;  // by the monotonic clock
};

}  // namespace concert
