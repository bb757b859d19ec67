#pragma once

#include "service/queue/publish_line.h"
#include "service/queue/standing.h"

namespace concert {

// Tells a user who waits, by the database, of the position. Every answer that memcached can be
// reached for follows from what is published, as those of polls do: so whichever of a token's texts
// asks next is not told a greater one.
class TellWait {
 public:
  TellWait(Backend& backend, Standing& standing)
      : backend_(backend), standing_(standing), publish_(backend, standing) {}

  // `token` waits, and did so at `now`. `told`: as in Standing::waiting().
  TokenAnswer run(const Token& token, std::int64_t told, Instant now);

 private:
  bool is_behind(const LineState& published, const Token& token);

  Backend& backend_;
  Standing& standing_;
  PublishLine publish_;
};

}  // namespace concert
