#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/check.h"
#include "domain/points.h"
#include "domain/seat.h"

namespace concert {

// The most sections of a layout, and the most seats of one of them.
inline constexpr std::int32_t kMaxSections = 500;
inline constexpr SeatNumber kMaxSectionSeats = 2000;

// The highest number that a label may end with.
inline constexpr std::int32_t kMaxLabel = 1'000'000;

// A row of seats side by side, whose numbers follow each other. Its first seat is labelled
// `first_label`, and each next one more.
struct HallRow {
  std::int32_t row_no = 0;  // within its layout, from 1
  std::string name;
  SeatNumber first_seat = 0;
  SeatNumber last_seat = 0;
  std::int32_t first_label = 0;

  std::string label_of(SeatNumber seat) const {
    return name + '-' + std::to_string(first_label + (seat - first_seat));
  }
  bool operator==(const HallRow&) const = default;
};

// A section of a hall. All of its seats have one price.
struct HallSection {
  std::int32_t section_no = 0;  // within its layout, from 1
  std::string name;
  std::string category;  // empty: none
  Points price = 0;
  SeatNumber first_seat = 0;
  SeatNumber last_seat = 0;
  std::vector<HallRow> rows{};  // the nearest to the front first

  SeatNumber seat_count() const { return last_seat - first_seat + 1; }
};

// Where a seat of the section is.
inline SeatPlace place_in(const HallSection& section, SeatNumber seat) {
  const auto row = std::find_if(section.rows.begin(), section.rows.end(), [&](const HallRow& one) {
    return seat >= one.first_seat && seat <= one.last_seat;
  });
  check(row != section.rows.end(), "a seat of a section is in one of its rows");
  return {row->label_of(seat), section.name, row->name, section.category};
}

// The sections of a date in order. A date without a layout has none.
using Layout = std::vector<HallSection>;

inline SeatNumber seat_count(const Layout& layout) {
  return layout.empty() ? 0 : layout.back().last_seat;
}

// A section as buyers see it.
struct SectionSale {
  HallSection section;               // without its rows
  std::int64_t available_seats = 0;  // those of lapsed holds included
  std::int64_t change_count = 0;     // how often what is claimed of it was changed
};

}  // namespace concert
