#include "service/queue/open_queue.h"

#include "store/session/transaction.h"

namespace concert {
namespace {

// A draw of a million entries takes about a second, on a slow machine some seconds.
constexpr std::int64_t kDrawnAhead_ms = 10'000;

}  // namespace

void OpenQueue::run(QueueId queue, const QueueRow& row) {
  if (is_open(row.opening)) return;
  if (!row.opening->entries && row.now >= row.opening->register_until) {
    fix_entries(queue);
    run(queue, queues_.read(queue));
    return;
  }
  if (!row.opening->entries) return;
  if (row.now >= row.opening->opens_at) {
    open(queue, *row.opening);
  } else if (row.now >= row.opening->opens_at + -kDrawnAhead_ms) {
    orders_.draw(queue, *row.opening);
  }
}

void OpenQueue::fix_entries(QueueId queue) {
  run_transaction(db_, [&] {
    const QueueRow row = queues_.lock(queue);
    const bool is_due = row.opening && row.now >= row.opening->register_until;
    if (is_due) queues_.fix_entries(queue);
  });
}

void OpenQueue::open(QueueId queue, const Opening& opening) {
  // Made before the lock, for which joins wait, and asked for again under it: a public value that
  // was given at the last moment may have been committed only now.
  orders_.draw(queue, opening);
  run_transaction(db_, [&] {
    const QueueRow row = queues_.lock(queue);
    // Another process was faster, or an administrator moved the opening.
    if (is_open(row.opening) || row.now < row.opening->opens_at) return;
    const PlaceOrder order = orders_.draw(queue, *row.opening);
    vacancies_.replace(queue, waits_.vacancies({queue, order, {}, {}}, row.admitted_place));
    queues_.note_draw(queue);
  });
}

}  // namespace concert
