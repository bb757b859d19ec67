#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "domain/seat.h"

namespace concert {

// How many seats side by side, and whether one of them at least must be accessible.
struct ChoiceTerms {
  SeatNumber count = 1;
  bool wants_accessible = false;
};

// What a user asks for that leaves the choice of seats to the service.
struct SeatWish {
  ChoiceTerms terms;
  std::optional<std::string> section{};   // nothing: any
  std::optional<std::string> category{};  // nothing: any
};

// What a choice needs to know of a seat: whether it is free, and if so whether it is accessible.
enum class Spot : std::uint8_t { taken, free, free_accessible };

// Seats that stand side by side.
struct SeatRow {
  SeatNumber first = 1;  // the number of the first one; the others follow it
  std::vector<Spot> spots;
  bool has_middle = true;  // if not, the lowest numbers are the best
  bool is_cut = false;     // it goes on beyond the spots; only one without a middle may
};

// The best seats of a section. Its rows are looked at one after the other, from the front. Seats in
// an earlier row are better, then seats nearer to the middle of their row, then lower numbers; but
// none that leave a free seat alone beside them are taken while others of the section do not.
class SectionChoice {
 public:
  explicit SectionChoice(const ChoiceTerms& terms) : terms_(terms) {}

  void look_at(const SeatRow& row);

  const ChoiceTerms& terms() const { return terms_; }

  // Whether no further row can have a better choice, nor what is cut off of the last one.
  bool is_settled() const { return found_[kOrdinary][kTidy].has_value(); }

  // The first of the seats chosen; nothing if the rows have no such seats. Without a wish for
  // accessible seats there is none among them.
  std::optional<SeatNumber> best() const { return best_of(kOrdinary); }
  // The same with accessible seats among them, although there is no wish for one.
  std::optional<SeatNumber> last_resort() const { return best_of(kLastResort); }

  // The most seats side by side for which there is a choice or a last resort.
  SeatNumber largest() const { return largest_; }
  bool has_free() const { return has_free_; }

 private:
  enum Kind : std::uint8_t { kOrdinary, kLastResort };
  enum Rest : std::uint8_t { kTidy, kLeavesOne };
  // The row, the distance from its middle, and the first seat: the least is the best.
  using Rank = std::tuple<std::int64_t, std::int64_t, SeatNumber>;

  void look_at_run(const SeatRow& row, std::size_t from, std::size_t to);
  std::optional<SeatNumber> best_of(Kind kind) const;

  ChoiceTerms terms_;
  std::int64_t rows_ = 0;
  std::array<std::array<std::optional<Rank>, 2>, 2> found_{};
  SeatNumber largest_ = 0;
  bool has_free_ = false;
};

// The best seats of several sections, which are added in the order of the layout: those of the
// first section that has a choice, and only if none has one those of a last resort.
class HallChoice {
 public:
  void add(std::size_t section, const SectionChoice& choice);
  // The same for a section known to have no choice.
  void pass(SeatNumber largest, bool has_free);

  // Whether no further section can have a better choice.
  bool is_settled() const { return best_.has_value(); }

  struct Chosen {
    std::size_t section = 0;
    SeatNumber first = 0;
  };
  std::optional<Chosen> chosen() const { return best_ ? best_ : last_resort_; }

  SeatNumber largest() const { return largest_; }
  bool has_free() const { return has_free_; }

 private:
  std::optional<Chosen> best_;
  std::optional<Chosen> last_resort_;
  SeatNumber largest_ = 0;
  bool has_free_ = false;
};

}  // namespace concert
