#pragma once

#include <vector>

#include "domain/ids.h"
#include "domain/queue_state.h"
#include "domain/vacancies.h"
#include "draw/place_order.h"
#include "store/session/session.h"

namespace concert {

// The vacancies of the queues: each single one is a token that has left or expired, and they are
// counted by block.
class VacancyStore {
 public:
  explicit VacancyStore(Session& session) : session_(session) {}

  // Notes that the wait at each of `places` ended without admission.
  void note(QueueId queue, const std::vector<std::int64_t>& places);

  // Replaces all counts of the queue by those of the vacancies at `places`.
  void replace(QueueId queue, const std::vector<std::int64_t>& places);

  // The vacancies strictly between the places `after` and `before`; nobody waits up to `after`.
  // Reads few rows, however long the queue is.
  std::int64_t between(QueueId queue, const PlaceOrder& order, std::int64_t after,
                       std::int64_t before);

  // Adds to `state` the vacancies after its admitted_place. Reads a bounded number of rows.
  void read(QueueId queue, const PlaceOrder& order, QueueState& state);

  // The vacancies of a superblock by block. The caller knows that they are read not before `at`.
  SuperblockCounts superblock_counts(QueueId queue, std::int64_t superblock, Instant at);

  // The vacancies of the blocks from `first_block` to `block`. The caller knows that they are read
  // not before `at`.
  BlockVacancies block_vacancies(QueueId queue, std::int64_t first_block, std::int64_t block,
                                 Instant at);

  // The vacancies among `places`, which are of one block, in ascending order.
  std::vector<std::int64_t> among(QueueId queue, const PlaceOrder& order, const Range& places);

  // Deletes up to `limit` counts of each kind of block before that of `admitted_place`. Returns how
  // many.
  std::uint64_t prune(QueueId queue, std::int64_t admitted_place, std::int64_t limit);

 private:
  // What a statement counts of a range: the places of the range, or none of them and what was
  // counted of drawn ones.
  struct Split {
    Range places;
    std::int64_t drawn = 0;
  };
  Split split(QueueId queue, const PlaceOrder& order, const Range& places);
  std::vector<std::int64_t> drawn_among(QueueId queue, const PlaceOrder& order,
                                        const Range& places);

  Session& session_;
};

}  // namespace concert
