#pragma once

#include <random>
#include <utility>
#include <vector>

#include "service/queue/standing.h"

namespace concert {

// Puts the state of the line where those who wait can read it without the database.
class PublishLine {
 public:
  PublishLine(Backend& backend, Standing& standing) : backend_(backend), standing_(standing) {}

  // Publishes the line as the database has it; an unchanged one, too, whose life begins anew. Never
  // an older line over a newer one.
  void run();

  // The same for who found none that may be believed, or one that the database is ahead of. Of all
  // who do one in about a second looks, once: another's line will do.
  void fill();

 private:
  // False if somebody else published meanwhile, or memcached is away. Of who `lost` before: a line
  // that is the same by now has been published.
  bool attempt(bool lost);
  struct Reading {
    LineState line;
    Instant at;
    std::vector<std::pair<std::int64_t, SuperblockCounts>> superblocks;  // those that changed
  };
  Reading read(const std::optional<LineState>& published);

  Backend& backend_;
  Standing& standing_;
  std::random_device random_;
};

}  // namespace concert
