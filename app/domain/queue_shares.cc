#include "domain/queue_shares.h"

#include <algorithm>

namespace concert {
namespace {

// Shares of a total that grow towards the targets of each round.
class Division {
 public:
  Division(const std::vector<QueueDemand>& queues, std::int64_t total)
      : queues_(queues), left_(total) {
    for (const QueueDemand& queue : queues) {
      shares_.push_back(queue.active);
      left_ -= queue.active;
    }
  }

  // Raises shares towards `targets`, as far as what is left allows.
  void raise(const std::vector<std::int64_t>& targets) {
    while (left_ > 0) {
      if (!raise_in_proportion(targets) && !raise_least(targets)) return;
    }
  }

  std::vector<std::int64_t> shares() && { return std::move(shares_); }

 private:
  // Returns whether any share grew.
  bool raise_in_proportion(const std::vector<std::int64_t>& targets) {
    std::int64_t limits = 0;
    for (std::size_t i = 0; i < queues_.size(); ++i)
      if (shares_[i] < targets[i]) limits += queues_[i].active_limit;
    if (limits == 0) return false;
    const std::int64_t given_out = left_;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      if (shares_[i] >= targets[i]) continue;
      const std::int64_t portion = given_out * queues_[i].active_limit / limits;
      give(i, std::min(portion, targets[i] - shares_[i]));
    }
    return left_ < given_out;
  }

  // Too little is left to be divided: the queue that has the least for its limit is given one.
  bool raise_least(const std::vector<std::int64_t>& targets) {
    std::size_t least = queues_.size();
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      if (shares_[i] >= targets[i]) continue;
      const bool is_less = least == queues_.size() || shares_[i] * queues_[least].active_limit <
                                                          shares_[least] * queues_[i].active_limit;
      if (is_less) least = i;
    }
    if (least == queues_.size()) return false;
    give(least, 1);
    return true;
  }

  void give(std::size_t i, std::int64_t users) {
    shares_[i] += users;
    left_ -= users;
  }

  const std::vector<QueueDemand>& queues_;
  std::vector<std::int64_t> shares_;
  std::int64_t left_;
};

}  // namespace

std::vector<std::int64_t> queue_shares(const std::vector<QueueDemand>& queues, std::int64_t total) {
  std::int64_t limits_of_waiting = 0;
  for (const QueueDemand& queue : queues)
    if (queue.waiting > 0) limits_of_waiting += queue.active_limit;

  std::vector<std::int64_t> guaranteed, wanted, most;
  for (const QueueDemand& queue : queues) {
    const std::int64_t wants = std::min(queue.active_limit, queue.active + queue.waiting);
    wanted.push_back(wants);
    guaranteed.push_back(
        queue.waiting == 0 ? 0 : std::min(wants, total * queue.active_limit / limits_of_waiting));
    most.push_back(queue.active_limit);
  }
  Division division(queues, total);
  division.raise(guaranteed);
  division.raise(wanted);
  division.raise(most);
  return std::move(division).shares();
}

}  // namespace concert
