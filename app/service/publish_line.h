#pragma once

#include "service/standing.h"

namespace concert {

// Puts the state of the line where those who wait can read it without the database.
class PublishLine {
 public:
  PublishLine(Backend& backend, Standing& standing) : backend_(backend), standing_(standing) {}

  // Publishes what has changed. Never an older line over a newer one.
  void run();

 private:
  // False if somebody else published meanwhile, or memcached is away.
  bool attempt();

  Backend& backend_;
  Standing& standing_;
};

}  // namespace concert
