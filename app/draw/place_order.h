#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/opening.h"
#include "domain/queue_state.h"
#include "draw/draw.h"

namespace concert {

// How the places of a queue follow from what its tokens have in the column seq. Without a draw both
// are the same: an entry that is not drawn yet counts as the place of its number.
class PlaceOrder {
 public:
  PlaceOrder() = default;
  explicit PlaceOrder(Draw draw) : draw_(std::move(draw)) {}

  std::int64_t place_of(std::int64_t seq) const {
    return is_drawn(seq) ? draw_->place_of(seq) : seq;
  }
  std::int64_t seq_at(std::int64_t place) const {
    return is_drawn(place) ? draw_->entry_at(place) : place;
  }

  // Whether a place, or some of `places`, was drawn.
  bool is_drawn(std::int64_t place) const { return draw_ && place >= 1 && place <= entries(); }
  bool is_drawn(const Range& places) const {
    return places.first <= places.last && is_drawn(std::max<std::int64_t>(1, places.first));
  }

  // What tokens at `places` have in seq, in the order of the places.
  std::vector<std::int64_t> seqs_at(const Range& places) const {
    std::vector<std::int64_t> seqs;
    for (std::int64_t place = places.first; place <= places.last; ++place)
      seqs.push_back(seq_at(place));
    return seqs;
  }

  // How many entries were drawn; 0 without a draw.
  std::int64_t entries() const { return draw_ ? draw_->entries() : 0; }

 private:
  std::optional<Draw> draw_;
};

// What a user may be told of `seq`: nothing while it is an entry that is not drawn yet.
inline std::optional<std::int64_t> told_place(const std::optional<Opening>& opening,
                                              const PlaceOrder& order, std::int64_t seq) {
  if (!is_open(opening) && opening->is_entry(seq)) return std::nullopt;
  return order.place_of(seq);
}

}  // namespace concert
