#pragma once

#include "service/admit_waiting.h"
#include "service/expire_holds.h"
#include "service/expire_tokens.h"
#include "service/prune.h"
#include "service/publish_line.h"

namespace concert {

// One maintenance pass. What it costs depends on what there is to do; with nothing to do it takes
// no lock.
class Maintain {
 public:
  explicit Maintain(Backend& backend, Standing& standing,
                    std::chrono::milliseconds prune_longest = Prune::kLongest)
      : backend_(backend),
        prune_longest_(prune_longest),
        holds_(backend),
        tokens_(backend),
        admit_(backend),
        prune_(backend),
        publish_(backend, standing) {}

  struct Report {
    std::size_t holds_expired = 0;
    std::size_t active_expired = 0;
    std::size_t waiting_expired = 0;
    std::int64_t admitted = 0;
    std::uint64_t pruned = 0;
  };
  Report run();

 private:
  Backend& backend_;
  std::chrono::milliseconds prune_longest_;
  ExpireHolds holds_;
  ExpireTokens tokens_;
  AdmitWaiting admit_;
  Prune prune_;
  PublishLine publish_;
};

}  // namespace concert
