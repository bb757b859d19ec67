#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "domain/best_available.h"
#include "domain/hall.h"
#include "domain/ids.h"

namespace concert {

// Sections in which no seats were found side by side, so that they need not be read again. A
// section is known as long as its claims and its lapsed holds stay the same, and kKept_ms at most:
// a database that lost its newest rows counts the same changes again. Times are steady_ms().
class ExhaustedSections {
 public:
  static constexpr std::int64_t kKept_ms = 5000;

  struct Summary {
    SeatNumber largest = 0;  // the most side by side
    bool has_free = false;
  };
  // Nothing if the section may have seats for `terms`.
  std::optional<Summary> find(DateId date, const SectionSale& sale, const ChoiceTerms& terms,
                              std::int64_t now_ms) const;

  // `choice` has seen the whole section, after `sale` was read, and found none.
  void note(DateId date, const SectionSale& sale, const SectionChoice& choice, std::int64_t now_ms);

 private:
  struct Known {
    std::int64_t change_count = 0;
    std::int64_t available_seats = 0;
    std::int64_t until_ms = 0;
    Summary summary{};
  };
  using Key = std::tuple<DateId, std::int32_t, bool>;  // the last: with accessible seats
  std::map<Key, Known> known_;
};

}  // namespace concert
