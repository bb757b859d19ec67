#include "base/metrics.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <new>
#include <system_error>

#include "base/metrics_cells.h"

namespace concert {

Metrics::Metrics(std::vector<std::string> routes, std::vector<std::string> codes,
                 std::vector<Cell> cells)
    : routes_(std::move(routes)), codes_(std::move(codes)), cells_(std::move(cells)) {
  size_ = sizeof(Shared) + sizeof(Route) * routes_.size() +
          sizeof(MetricsCount) * (codes_.size() + 1 + cells_.size());
  void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "cannot map memory for the counters");
  }
  // Fresh anonymous memory is zero, which is the cells' initial value.
  shared_ = new (memory) Shared;
  route_ = reinterpret_cast<Route*>(static_cast<char*>(memory) + sizeof(Shared));
  for (std::size_t i = 0; i < routes_.size(); ++i) new (route_ + i) Route;
  code_ = reinterpret_cast<MetricsCount*>(route_ + routes_.size());
  for (std::size_t i = 0; i < codes_.size() + 1 + cells_.size(); ++i) new (code_ + i) MetricsCount;
  cell_ = code_ + codes_.size() + 1;
  shared_->started_at_s = static_cast<std::uint64_t>(std::time(nullptr));
}

Metrics::~Metrics() { ::munmap(shared_, size_); }

void Metrics::add(Counter counter, std::uint64_t count) {
  shared_->counters[counter].fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Metrics::value(Counter counter) const { return read(shared_->counters[counter]); }

void Metrics::add_to_cell(std::size_t cell, std::uint64_t count) {
  if (cell < cells_.size()) cell_[cell].fetch_add(count, std::memory_order_relaxed);
}

void Metrics::set_cell(std::size_t cell, std::uint64_t value) {
  if (cell < cells_.size()) cell_[cell].store(value, std::memory_order_relaxed);
}

std::uint64_t Metrics::cell(std::size_t cell) const {
  return cell < cells_.size() ? read(cell_[cell]) : 0;
}

void Metrics::count_request(std::size_t route, int status, std::int64_t duration_us) {
  Route& cells = route_[route];
  const auto* found = std::find(kStatuses.begin(), kStatuses.end(), status);
  const auto status_index = static_cast<std::size_t>(std::distance(kStatuses.begin(), found));
  cells.by_status[status_index].fetch_add(1, std::memory_order_relaxed);
  const auto* bound = std::lower_bound(kBounds_us.begin(), kBounds_us.end(), duration_us);
  const auto bound_index = static_cast<std::size_t>(std::distance(kBounds_us.begin(), bound));
  cells.by_duration[bound_index].fetch_add(1, std::memory_order_relaxed);
  cells.duration_sum_us.fetch_add(static_cast<std::uint64_t>(duration_us),
                                  std::memory_order_relaxed);
}

void Metrics::count_refusal(std::string_view code) {
  const auto found = std::find(codes_.begin(), codes_.end(), code);
  code_[std::distance(codes_.begin(), found)].fetch_add(1, std::memory_order_relaxed);
}

bool Metrics::count_nginx_answer(int status) {
  if (status < kFirstNginxStatus || status >= kFirstNginxStatus + kNginxStatuses) return false;
  shared_->nginx_answers[static_cast<std::size_t>(status - kFirstNginxStatus)].fetch_add(
      1, std::memory_order_relaxed);
  return true;
}

void Metrics::set_in_hand(std::size_t requests) {
  if (slot_ < kMostWorkers) shared_->in_hand[slot_].store(requests, std::memory_order_relaxed);
}

void Metrics::heartbeat() {
  if (slot_ < kMostWorkers) shared_->heartbeats[slot_].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t Metrics::heartbeats(std::size_t slot) const {
  return slot < kMostWorkers ? read(shared_->heartbeats[slot]) : 0;
}

void Metrics::set_workers(std::size_t living) { shared_->workers = living; }

void Metrics::clear_slot(std::size_t slot) {
  if (slot < kMostWorkers) shared_->in_hand[slot].store(0, std::memory_order_relaxed);
}

}  // namespace concert
