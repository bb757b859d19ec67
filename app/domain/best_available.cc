#include "domain/best_available.h"

#include <algorithm>
#include <cstdlib>

#include "domain/check.h"

namespace concert {

void SectionChoice::look_at(const SeatRow& row) {
  check(!row.is_cut || !row.has_middle, "a row with a middle is looked at as a whole");
  const auto begin = row.spots.begin();
  const auto end = row.spots.end();
  const auto is_free = [](Spot spot) { return spot != Spot::taken; };
  for (auto from = std::find_if(begin, end, is_free); from != end;) {
    const auto to = std::find_if_not(from, end, is_free);
    look_at_run(row, static_cast<std::size_t>(from - begin), static_cast<std::size_t>(to - begin));
    from = std::find_if(to, end, is_free);
  }
  ++rows_;
}

void SectionChoice::look_at_run(const SeatRow& row, std::size_t from, std::size_t to) {
  const auto count = static_cast<std::size_t>(terms_.count);
  const auto is_accessible = [](Spot spot) { return spot == Spot::free_accessible; };
  const auto spot = row.spots.begin();
  has_free_ = true;
  if (!terms_.wants_accessible ||
      std::any_of(spot + static_cast<std::ptrdiff_t>(from), spot + static_cast<std::ptrdiff_t>(to),
                  is_accessible))
    largest_ = std::max(largest_, static_cast<SeatNumber>(to - from));

  std::size_t accessible = 0;  // among the seats from `start` on
  for (std::size_t end = from; end < to; ++end) {
    accessible += is_accessible(row.spots[end]) ? 1 : 0;
    if (end + 1 < from + count) continue;
    const std::size_t start = end + 1 - count;
    const std::size_t left = start - from;
    const std::size_t right = to - end - 1;
    // How many are free behind the seats is not known yet.
    if (row.is_cut && to == row.spots.size() && right < 2) return;
    const auto off =
        static_cast<std::int64_t>(2 * start + count) - static_cast<std::int64_t>(row.spots.size());
    const Rank rank{rows_, row.has_middle ? std::abs(off) : 0,
                    row.first + static_cast<SeatNumber>(start)};
    const bool is_asked_for = !terms_.wants_accessible || accessible > 0;
    const Kind kind = !terms_.wants_accessible && accessible > 0 ? kLastResort : kOrdinary;
    auto& found = found_[kind][left == 1 || right == 1 ? kLeavesOne : kTidy];
    if (is_asked_for && (!found || rank < *found)) found = rank;
    accessible -= is_accessible(row.spots[start]) ? 1 : 0;
  }
}

std::optional<SeatNumber> SectionChoice::best_of(Kind kind) const {
  for (const auto& found : found_[kind]) {
    if (found) return std::get<SeatNumber>(*found);
  }
  return std::nullopt;
}

void HallChoice::add(std::size_t section, const SectionChoice& choice) {
  if (!best_ && choice.best()) best_ = {section, *choice.best()};
  if (!last_resort_ && choice.last_resort()) last_resort_ = {section, *choice.last_resort()};
  pass(choice.largest(), choice.has_free());
}

void HallChoice::pass(SeatNumber largest, bool has_free) {
  largest_ = std::max(largest_, largest);
  has_free_ = has_free_ || has_free;
}

}  // namespace concert
