#pragma once

#include "report/cron_report.h"
#include "service/queue/admit_waiting.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/publish_line.h"
#include "service/sale/expire_holds.h"
#include "service/upkeep/prune.h"

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

  PassResult run();

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
