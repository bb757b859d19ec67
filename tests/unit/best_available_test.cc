#include "domain/best_available.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace concert {
namespace {

using Section = std::vector<SeatRow>;
using Hall = std::vector<Section>;

// A row written down: o is a free seat, a a free and accessible one, anything else is taken.
SeatRow row_of(std::string_view text, SeatNumber first = 1) {
  SeatRow row{first, {}};
  for (const char c : text)
    row.spots.push_back(c == 'o' ? Spot::free : c == 'a' ? Spot::free_accessible : Spot::taken);
  return row;
}

// Seats are numbered through, row after row.
Section section_of(const std::vector<std::string>& rows) {
  Section section;
  SeatNumber first = 1;
  for (const std::string& row : rows) {
    section.push_back(row_of(row, first));
    first += static_cast<SeatNumber>(row.size());
  }
  return section;
}

SeatRow plain_row(std::string_view text) {
  SeatRow row = row_of(text);
  row.has_middle = false;
  return row;
}

HallChoice choose(const Hall& hall, const ChoiceTerms& terms) {
  HallChoice chosen;
  for (std::size_t i = 0; i < hall.size() && !chosen.is_settled(); ++i) {
    SectionChoice choice(terms);
    for (const SeatRow& row : hall[i]) {
      choice.look_at(row);
      if (choice.is_settled()) break;
    }
    chosen.add(i, choice);
  }
  return chosen;
}

// The first of the seats; 0 if there is no choice.
SeatNumber first_of(const Section& section, const ChoiceTerms& terms) {
  const auto chosen = choose({section}, terms).chosen();
  return chosen ? chosen->first : 0;
}

SeatNumber first_of(const std::string& row, const ChoiceTerms& terms) {
  return first_of(Section{row_of(row)}, terms);
}

// What the contract says, by trying out every seat of every row of every section.
class Oracle {
 public:
  explicit Oracle(const ChoiceTerms& terms) : terms_(terms) {}

  std::optional<HallChoice::Chosen> choose(const Hall& hall) {
    for (section_ = 0; section_ < hall.size(); ++section_) {
      for (row_ = 0; row_ < hall[section_].size(); ++row_) {
        const SeatRow& row = hall[section_][row_];
        for (int start = 0; start < static_cast<int>(row.spots.size()); ++start) weigh(row, start);
      }
    }
    if (!best_) return std::nullopt;
    return HallChoice::Chosen{std::get<1>(*best_), std::get<5>(*best_)};
  }
  bool leaves_one() const { return best_ && std::get<2>(*best_); }

 private:
  static bool is_free(const SeatRow& row, int at) {
    return at >= 0 && at < static_cast<int>(row.spots.size()) &&
           row.spots[static_cast<std::size_t>(at)] != Spot::taken;
  }

  void weigh(const SeatRow& row, int start) {
    int accessible = 0;
    for (int at = start; at < start + terms_.count; ++at) {
      if (!is_free(row, at)) return;
      if (row.spots[static_cast<std::size_t>(at)] == Spot::free_accessible) ++accessible;
    }
    if (terms_.wants_accessible && accessible == 0) return;
    const int end = start + terms_.count;
    const bool leaves_one = (is_free(row, start - 1) && !is_free(row, start - 2)) ||
                            (is_free(row, end) && !is_free(row, end + 1));
    const double middle = (static_cast<double>(row.spots.size()) - 1) / 2;
    const double off = std::abs(start + (terms_.count - 1) / 2.0 - middle);
    const Weight weight{!terms_.wants_accessible && accessible > 0,
                        section_,
                        leaves_one,
                        row_,
                        row.has_middle ? off : 0,
                        row.first + start};
    if (!best_ || weight < *best_) best_ = weight;
  }

  // Whether it takes accessible seats unasked, the section, whether it leaves a single seat, the
  // row, the distance from its middle, the first seat.
  using Weight = std::tuple<bool, std::size_t, bool, std::size_t, double, SeatNumber>;
  ChoiceTerms terms_;
  std::size_t section_ = 0;
  std::size_t row_ = 0;
  std::optional<Weight> best_;
};

class RandomHall {
 public:
  explicit RandomHall(unsigned seed) : random_(seed) {}

  int up_to(int most) { return std::uniform_int_distribution(0, most)(random_); }

  Hall hall() {
    taken_percent_ = up_to(95);
    Hall made(static_cast<std::size_t>(1 + up_to(3)));
    SeatNumber first = 1;
    for (Section& section : made) {
      const int rows = 1 + up_to(5);
      for (int i = 0; i < rows; ++i) {
        section.push_back(row(first));
        first += static_cast<SeatNumber>(section.back().spots.size());
      }
    }
    return made;
  }

  SeatRow row(SeatNumber first) {
    SeatRow made{first, {}};
    made.spots.resize(static_cast<std::size_t>(1 + up_to(24)));
    const int accessible = up_to(3);
    for (std::size_t i = 0; i < made.spots.size(); ++i) {
      const bool is_accessible = static_cast<int>(i) < accessible || up_to(99) < 3;
      made.spots[i] = is_accessible ? Spot::free_accessible : Spot::free;
      if (up_to(99) < taken_percent_) made.spots[i] = Spot::taken;
    }
    return made;
  }

 private:
  std::mt19937 random_;
  int taken_percent_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(best_available_test)

BOOST_AUTO_TEST_CASE(takes_the_middle_of_the_first_row_that_has_so_many_side_by_side) {
  BOOST_TEST(first_of("oooooooooo", {2}) == 5);
  BOOST_TEST(first_of("ooooooooo", {3}) == 4);
  BOOST_TEST(first_of("ooooooooo", {1}) == 5);
  BOOST_TEST(first_of(section_of({"oo.oo.oo", "oooooooo"}), {3}) == 11);
  BOOST_TEST(first_of(section_of({"........", "o......o", "oooooooo"}), {1}) == 9);
}

BOOST_AUTO_TEST_CASE(takes_the_lower_numbers_of_two_as_near_to_the_middle) {
  BOOST_TEST(first_of("oooooooooo", {3}) == 4);
  BOOST_TEST(first_of("oooo..oooo", {2}) == 3);
}

BOOST_AUTO_TEST_CASE(leaves_no_single_seat_if_it_can_help_it) {
  BOOST_TEST(first_of("ooooo", {2}) == 1);   // 2 and 3 would leave 1 alone
  BOOST_TEST(first_of(".oooo.", {3}) == 2);  // either end leaves one
  BOOST_TEST(first_of(section_of({"ooo.....", "oooooooo"}), {2}) == 12);  // a later row
  BOOST_TEST(first_of(section_of({"ooo.....", "ooo....."}), {2}) == 2);
  BOOST_TEST(first_of("aooo", {2}) == 3);  // an accessible seat would be left alone, too
}

BOOST_AUTO_TEST_CASE(an_earlier_section_is_better_although_a_single_seat_is_left) {
  const Hall hall{section_of({"ooo"}), section_of({"oooooooo"})};
  const auto chosen = choose(hall, {2}).chosen();
  BOOST_REQUIRE(chosen);
  BOOST_TEST(chosen->section == 0U);
  BOOST_TEST(chosen->first == 1);
}

BOOST_AUTO_TEST_CASE(accessible_seats_are_the_last_resort_of_whoever_does_not_ask_for_one) {
  BOOST_TEST(first_of("oaaaaoo..", {2}) == 6);
  BOOST_TEST(first_of(section_of({"aaaa", "o..."}), {1}) == 5);
  const Hall hall{section_of({"aaaa"}), section_of({"oo"}), section_of({"oooo"})};
  const auto elsewhere = choose(hall, {2}).chosen();
  BOOST_REQUIRE(elsewhere);
  BOOST_TEST(elsewhere->section == 1U);
  const auto nowhere = choose({section_of({"aaaa"}), section_of({"o.oo"})}, {4}).chosen();
  BOOST_REQUIRE(nowhere);
  BOOST_TEST(nowhere->section == 0U);
}

BOOST_AUTO_TEST_CASE(an_accessible_seat_is_among_those_of_whoever_asks_for_one) {
  BOOST_TEST(first_of("aooooooo", {2, true}) == 1);
  BOOST_TEST(first_of("oooooooa", {3, true}) == 6);
  BOOST_TEST(first_of("ooaooooo", {2, true}) == 3);
  BOOST_TEST(first_of("oooooooo", {2, true}) == 0);
}

BOOST_AUTO_TEST_CASE(tells_how_many_are_left_side_by_side) {
  const Hall hall{section_of({"oo.ooo..", "a......o"}), section_of({"oooo...."})};
  BOOST_CHECK(!choose(hall, {5}).chosen());
  BOOST_TEST(choose(hall, {5}).largest() == 4);
  BOOST_TEST(choose(hall, {5, true}).largest() == 1);
  BOOST_TEST(choose(hall, {5}).has_free());
  const Hall full{section_of({"...", "..."})};
  BOOST_TEST(choose(full, {1}).largest() == 0);
  BOOST_TEST(!choose(full, {1}).has_free());
  const Hall without{section_of({"ooo"})};
  BOOST_TEST(choose(without, {1, true}).largest() == 0);
  BOOST_TEST(choose(without, {1, true}).has_free());
}

BOOST_AUTO_TEST_CASE(without_a_middle_the_lowest_numbers_are_taken) {
  BOOST_TEST(first_of(Section{plain_row("oooooooo")}, {2}) == 1);
  BOOST_TEST(first_of(Section{plain_row(".ooo.oooo")}, {2}) == 6);
  BOOST_TEST(first_of(Section{plain_row(".ooo.ooo.")}, {2}) == 2);
}

BOOST_AUTO_TEST_CASE(of_a_row_that_is_cut_off_only_what_is_certain_is_chosen) {
  const std::string whole = "o..ooo.oo.ooooo..oooooooo";
  for (SeatNumber count = 1; count <= 9; ++count) {
    const SeatNumber best = first_of(Section{plain_row(whole)}, {count});
    bool was_settled = false;
    for (std::size_t length = 1; length < whole.size(); ++length) {
      SeatRow cut = plain_row(whole.substr(0, length));
      cut.is_cut = true;
      SectionChoice choice({count});
      choice.look_at(cut);
      BOOST_TEST((!was_settled || choice.is_settled()));
      was_settled = choice.is_settled();
      if (was_settled) BOOST_TEST(*choice.best() == best);
    }
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_trying_out_every_seat_of_a_thousand_halls) {
  int without = 0;
  int leaving_one = 0;
  int last_resorts = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    RandomHall random(seed);
    const Hall hall = random.hall();
    for (SeatNumber count = 1; count <= 6; ++count) {
      for (const bool accessible : {false, true}) {
        const ChoiceTerms terms{count, accessible};
        Oracle oracle(terms);
        const auto expected = oracle.choose(hall);
        const HallChoice made = choose(hall, terms);
        const auto chosen = made.chosen();
        BOOST_REQUIRE_MESSAGE(chosen.has_value() == expected.has_value(), "seed " << seed);
        without += expected ? 0 : 1;
        leaving_one += oracle.leaves_one() ? 1 : 0;
        last_resorts += expected && !made.is_settled() ? 1 : 0;
        if (!expected) {
          BOOST_REQUIRE_MESSAGE(made.largest() < count, "seed " << seed);
          continue;
        }
        BOOST_REQUIRE_MESSAGE(chosen->section == expected->section, "seed " << seed);
        BOOST_REQUIRE_MESSAGE(chosen->first == expected->first, "seed " << seed);
      }
    }
  }
  // The halls are of all kinds.
  BOOST_TEST(without > 500);
  BOOST_TEST(leaving_one > 500);
  BOOST_TEST(last_resorts > 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
