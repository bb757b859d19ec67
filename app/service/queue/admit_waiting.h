#pragma once

#include "service/queue/expire_tokens.h"

namespace concert {

// Counts the credit to admit up to now at the rate in force, less what `admitted` users spent: at
// an admission, and before that rate is changed. The caller has locked the queue's row, `locked`.
void settle_credit(QueueStore& queues, QueueId queue, const QueueRow& locked,
                   const Settings& settings, std::int64_t admitted = 0);

// Admits waiting users, first those who gave an active place back and have called since, then in
// the order of their places: never above the active limit, nobody while the queue is paused or
// before it opens, and no faster than `admit_per_pass` in `admit_interval_seconds`, however many
// passes there are (0: at most `admit_per_pass` in each pass). Several processes may do so at the
// same time.
class AdmitWaiting {
 public:
  AdmitWaiting(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        settings_(settings),
        queues_(db),
        waits_(db, settings.token_life()),
        returns_(db, settings.token_life()),
        orders_(db, settings),
        expire_tokens_(db, cache, settings) {}

  // How many users were admitted, and how many waits were found that had just lapsed.
  struct Result {
    std::int64_t admitted = 0;
    std::size_t waiting_expired = 0;
  };
  // One pass.
  Result run(QueueId queue);

  // How many places a batch looks at under one lock of the queue, however many are vacancies.
  static constexpr std::int64_t kPlacesPerBatch = 10'000;
  static constexpr std::int64_t kDrawnPlacesPerBatch = 1024;

 private:
  LimitsInForce limits(const QueueRow& row) const;
  std::int64_t allowance(const QueueRow& row, const Result& so_far) const;
  std::int64_t room(const QueueRow& row, const Result& so_far) const;
  bool has_vacant_head(QueueId queue, const QueueRow& row);
  Range batch_places(const QueueRow& row, const PlaceOrder& order) const;
  bool is_credit_of_future(const QueueRow& row) const;
  // Of a batch that admitted from `places`.
  void note_admitted_place(const QueuePlaces& of, const Range& places);
  std::int64_t admit_returned(QueueId queue, const QueueRow& row, std::int64_t most);
  bool batch(QueueId queue, Result& so_far, bool is_last);

  Session& db_;
  const Settings& settings_;
  QueueStore queues_;
  WaitStore waits_;
  ReturnStore returns_;
  PlaceOrders orders_;
  ExpireTokens expire_tokens_;
};

}  // namespace concert
