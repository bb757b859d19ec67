#pragma once

#include <optional>
#include <string>

#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

// What a queue's draw follows from, beside the number of entries.
struct OpeningRecord {
  std::string seed;                         // 32 bytes; secret until the queue is drawn
  std::string commitment;                   // to the seed, as published
  std::optional<std::string> public_value;  // nothing: none was given
};

class OpeningStore {
 public:
  explicit OpeningStore(Session& session) : session_(session) {}

  // Nothing if no opening was ever set.
  std::optional<OpeningRecord> find(QueueId queue);

  // Throws Duplicate if the queue has one.
  void add(QueueId queue, const std::string& seed, const std::string& commitment);

  // False if the queue has a public value already.
  bool set_public_value(QueueId queue, const std::string& text);

 private:
  Session& session_;
};

}  // namespace concert
