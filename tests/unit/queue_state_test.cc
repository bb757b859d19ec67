#include "domain/queue_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <random>
#include <set>

namespace concert {
namespace {

// How many of the vacancies the ranges count: by single places, by blocks, by superblocks.
std::int64_t counted(const VacancyRanges& ranges, const std::vector<std::int64_t>& vacancies) {
  const auto within = [&](const Range& range, int level) {
    return std::count_if(vacancies.begin(), vacancies.end(), [&](std::int64_t place) {
      const std::int64_t at = place >> (level * kBlockBits);
      return at >= range.first && at <= range.last;
    });
  };
  return within(ranges.head_places, 0) + within(ranges.tail_places, 0) +
         within(ranges.head_blocks, 1) + within(ranges.tail_blocks, 1) +
         within(ranges.superblocks, 2);
}

std::int64_t counted_one_by_one(std::int64_t after, std::int64_t before,
                                const std::vector<std::int64_t>& vacancies) {
  return std::count_if(vacancies.begin(), vacancies.end(),
                       [&](std::int64_t place) { return place > after && place < before; });
}

std::int64_t length(const Range& range) {
  return std::max<std::int64_t>(0, range.last - range.first + 1);
}

QueueState some_state() {
  QueueState state;
  state.admitted_place = 2050;
  state.pace_per_minute = 600;
  state.active_limit = 1000;
  state.admit_per_pass = 50;
  state.last_place = 5'000'000;
  state.ended_waits = 2100;
  state.lineage = 77;
  state.last_end = LastEnd{TokenId{12}, Instant{1'700'000'000'000}};
  state.vacancies_in_head_block = 3;
  state.vacancies_after_head_block = 4;
  state.vacancies_by_superblock = {{0, 50}, {1, 9}, {3, 1}};
  state.stock = Stock{1, 2, 3, 4, 5};
  state.message = QueueMessage{"Soon.", "곧 시작합니다.", Instant{1'800'000'000'000}};
  return state;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(queue_state_test)

BOOST_AUTO_TEST_CASE(vacancy_ranges_count_each_place_between_once) {
  std::mt19937_64 random{20260101};  // NOLINT: the same places in every run
  const std::vector<std::int64_t> spans{3, kBlockSize, 5 * kBlockSize, kBlockSize * kBlockSize,
                                        4 * kBlockSize * kBlockSize};
  for (int round = 0; round < 3000; ++round) {
    const std::int64_t span = spans[random() % spans.size()];
    const auto any = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
    };
    const std::int64_t after = any(3 * kBlockSize * kBlockSize);
    const std::int64_t before = after + any(span);
    std::vector<std::int64_t> vacancies;
    for (int i = 0; i < 40; ++i)
      vacancies.push_back(std::max<std::int64_t>(0, after - 5) + any(span + 10));
    // The places at which a range begins or ends are the ones to get wrong.
    for (std::int64_t edge = (after >> kBlockBits) << kBlockBits, i = 0; i < 4;
         edge += kBlockSize, ++i) {
      vacancies.insert(vacancies.end(), {edge - 1, edge, edge + 1});
    }
    vacancies.insert(vacancies.end(), {after, after + 1, before - 1, before});
    const auto expected = counted_one_by_one(after, before, vacancies);
    const auto found = counted(vacancy_ranges(after, before), vacancies);
    if (expected != found) BOOST_TEST(expected == found, "after " << after << " before " << before);
  }
  BOOST_TEST(counted(vacancy_ranges(0, 10), {1, 9}) == 2);
}

BOOST_AUTO_TEST_CASE(vacancy_ranges_are_exact_at_every_edge_of_a_block_and_a_superblock) {
  std::vector<std::int64_t> edges;
  for (const std::int64_t at :
       {std::int64_t{0}, kBlockSize, 2 * kBlockSize, kBlockSize * kBlockSize,
        kBlockSize * kBlockSize + kBlockSize, 2 * kBlockSize * kBlockSize}) {
    for (std::int64_t by = -1; by <= 1; ++by) edges.push_back(at + by);
  }
  for (const std::int64_t after : edges) {
    for (const std::int64_t before : edges) {
      const auto expected = counted_one_by_one(after, before, edges);
      const auto found = counted(vacancy_ranges(after, before), edges);
      BOOST_TEST(expected == found, "after " << after << " before " << before);
    }
  }
}

BOOST_AUTO_TEST_CASE(vacancy_ranges_read_few_rows_however_long_the_queue) {
  const VacancyRanges ranges = vacancy_ranges(12345, 900'000'000);
  for (const Range& range :
       {ranges.head_places, ranges.tail_places, ranges.head_blocks, ranges.tail_blocks}) {
    BOOST_TEST(length(range) <= kBlockSize);
  }
  BOOST_TEST(length(ranges.superblocks) < kBlockSize);
}

BOOST_AUTO_TEST_CASE(a_state_makes_the_round_trip_as_text) {
  QueueState state = some_state();
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.paused = true;
  state.superblocks_end = 4;
  state.vacancies_by_superblock.clear();
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.message->until.reset();
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.stock = Stock{};
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.stock.reset();
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.message.reset();
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.opening = Opening{77, {1000}, {2000}, {3000}, {4000}, {}, {}};
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  state.opening->entries = 0;
  state.opening->drawn_at = Instant{3001};
  BOOST_CHECK(QueueState::parse(state.serialize()) == state);
  BOOST_CHECK(QueueState::parse(QueueState{}.serialize()) == QueueState{});
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_state_is_not_parsed) {
  const std::string fixed = "5 0 0 0 0 1 1 0 0 7 0 0 0 0 9 0 0 0 0 0 0 0 5 1 2 3 4 -1 0";
  BOOST_TEST(QueueState::parse(fixed).has_value());
  BOOST_TEST(QueueState::parse(fixed + " 7 8").has_value());
  BOOST_TEST(QueueState::parse(fixed + " 7 8\na\nb").has_value());
  const std::string of_release_before = "4 0 0 0 0 1 1 0 0 7 0 0 0 0 9";
  for (const std::string& text :
       {std::string(), std::string(" "), std::string("4"), "3" + fixed.substr(1), of_release_before,
        of_release_before + " 0 0 0 0 0 0 0 7", fixed.substr(0, fixed.size() - 2), fixed + " 7",
        fixed + " x 8", fixed + " 7 8x", "6 " + fixed.substr(1), "x" + fixed,
        fixed + " 99999999999999999999 1", fixed + ",7,8", fixed + "\na", fixed + "\n",
        fixed + "\na\nb\nc"}) {
    BOOST_TEST(!QueueState::parse(text), text);
  }
}

BOOST_AUTO_TEST_CASE(a_state_has_at_most_64_KiB_however_long_the_queue) {
  QueueState state;
  for (std::int64_t* const member :
       {&state.admitted_place, &state.last_place, &state.ended_waits, &state.pace_per_minute,
        &state.active_limit, &state.admit_per_pass, &state.room, &state.lineage,
        &state.vacancies_in_head_block, &state.vacancies_after_head_block}) {
    *member = INT64_MAX;
  }
  for (std::size_t i = 0; i < QueueState::kMostSuperblocks; ++i)
    state.vacancies_by_superblock.emplace_back(INT64_MAX, kBlockSize * kBlockSize);
  state.stock = Stock{INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
  const std::string longest(4 * kLongestMessage, 'x');  // a character has at most four bytes
  state.message = QueueMessage{longest, longest, Instant{INT64_MAX}};
  BOOST_TEST(state.serialize().size() <= 64U * 1024);
}

BOOST_AUTO_TEST_CASE(vacancies_are_counted_by_superblock_and_from_the_head_on) {
  const QueueState state = some_state();  // the head is in block 2 of superblock 0
  BOOST_TEST(state.vacancies_before_superblock(0) == 3);
  BOOST_TEST(state.vacancies_before_superblock(1) == 7);
  BOOST_TEST(state.vacancies_before_superblock(2) == 16);
  BOOST_TEST(state.vacancies_before_superblock(4) == 17);
  BOOST_TEST(state.vacancies_in_superblock(0) == 4);
  BOOST_TEST(state.vacancies_in_superblock(1) == 9);
  BOOST_TEST(state.vacancies_in_superblock(2) == 0);
  BOOST_TEST(state.total_of(0) == 50);
  BOOST_TEST(state.first_block(0) == 3);
  BOOST_TEST(state.first_block(1) == 1024);
}

BOOST_AUTO_TEST_CASE(positions_of_places_admitted_or_beyond_the_counts_are_not_known) {
  QueueState state = some_state();
  BOOST_TEST(!state.knows(state.admitted_place));
  BOOST_TEST(state.knows(state.admitted_place + 1));
  state.superblocks_end = 3;
  BOOST_TEST(state.knows(3 * kBlockSize * kBlockSize - 1));
  BOOST_TEST(!state.knows(3 * kBlockSize * kBlockSize));
}

BOOST_AUTO_TEST_CASE(each_change_of_positions_makes_a_state_further) {
  const QueueState state = some_state();
  BOOST_TEST(!state.is_further_than(state));
  for (std::int64_t QueueState::*const member :
       {&QueueState::admitted_place, &QueueState::ended_waits, &QueueState::last_place}) {
    QueueState later = state;
    ++(later.*member);
    BOOST_TEST(later.is_further_than(state));
    BOOST_TEST(!state.is_further_than(later));
  }
}

BOOST_AUTO_TEST_CASE(the_wait_follows_from_the_pace_of_the_last_minute) {
  QueueState state = some_state();  // ten a second
  BOOST_TEST(estimated_wait_s(state, 1, 600, 1).value() == 1);
  BOOST_TEST(estimated_wait_s(state, 10, 600, 1).value() == 1);
  BOOST_TEST(estimated_wait_s(state, 11, 600, 1).value() == 2);
  BOOST_TEST(estimated_wait_s(state, 9800, 600, 1).value() == 980);
}

BOOST_AUTO_TEST_CASE(while_no_pace_is_known_the_wait_follows_from_the_limits) {
  QueueState state = some_state();
  state.pace_per_minute = 0;
  state.active_limit = 600;
  state.admit_per_pass = 1000;
  BOOST_TEST(estimated_wait_s(state, 5, 600, 1).value() == 5);  // a place a second turns over
  state.active_limit = 600'000;
  state.admit_per_pass = 2;
  BOOST_TEST(estimated_wait_s(state, 5, 600, 1).value() == 3);    // two a second
  BOOST_TEST(estimated_wait_s(state, 5, 600, 0).value() == 3);    // two a pass, a pass a second
  BOOST_TEST(estimated_wait_s(state, 5, 600, 10).value() == 25);  // two in ten seconds
}

BOOST_AUTO_TEST_CASE(room_is_filled_pass_by_pass) {
  QueueState state = some_state();  // fifty a pass, ten a second
  state.room = 100;
  BOOST_TEST(estimated_wait_s(state, 50, 600, 1).value() == 1);
  BOOST_TEST(estimated_wait_s(state, 100, 600, 1).value() == 2);
  BOOST_TEST(estimated_wait_s(state, 200, 600, 1).value() == 12);
  BOOST_TEST(estimated_wait_s(state, 100, 600, 5).value() == 10);
  state.pace_per_minute = 0;
  BOOST_TEST(estimated_wait_s(state, 100, 600, 1).value() == 2);
}

BOOST_AUTO_TEST_CASE(no_wait_is_estimated_while_the_queue_is_paused) {
  QueueState state = some_state();
  state.paused = true;
  BOOST_TEST(!estimated_wait_s(state, 1, 600, 1));
}

BOOST_AUTO_TEST_CASE(polls_are_1_to_30_seconds_apart_and_never_over_a_third_of_the_active_life) {
  for (const std::int64_t active_s : {1, 2, 3, 6, 30, 89, 90, 600, 86400}) {
    const std::int64_t most = std::clamp<std::int64_t>(active_s / 3, 1, 30);
    for (const std::int64_t position : {0, 1, 999, 1000, 5000, 29000, 30000, 1'000'000'000}) {
      for (const double jitter : {0.0, 0.25, 0.5, 0.999}) {
        const auto poll_s = poll_after_s(position, active_s, jitter);
        BOOST_TEST((poll_s >= 1 && poll_s <= most),
                   poll_s << " s at position " << position << " with a life of " << active_s);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(polls_are_further_apart_the_greater_the_position) {
  for (const std::int64_t active_s : {2, 6, 9, 30, 600}) {
    for (const double jitter : {0.0, 0.3, 0.5, 0.999}) {
      std::int64_t before_s = 0;
      for (std::int64_t position = 0; position < 40'000; position += 500) {
        const auto poll_s = poll_after_s(position, active_s, jitter);
        BOOST_TEST(poll_s >= before_s);
        before_s = poll_s;
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(polls_at_one_position_are_spread_evenly) {
  struct Row {
    std::int64_t position, active_s, least_s, most_s;
  };
  for (const Row& row :
       {Row{1, 600, 1, 2}, Row{500, 600, 1, 2}, Row{10'000, 600, 11, 16}, Row{30'000, 600, 20, 30},
        Row{100'000, 600, 20, 30}, Row{100'000, 3, 1, 1}, Row{500, 6, 1, 2}, Row{100'000, 6, 1, 2},
        Row{500, 9, 1, 2}, Row{100'000, 9, 2, 3}, Row{100'000, 30, 6, 9}}) {
    std::map<std::int64_t, int> seen;
    constexpr int kUsers = 11'000;
    for (int user = 0; user < kUsers; ++user)
      ++seen[poll_after_s(row.position, row.active_s, user / static_cast<double>(kUsers))];
    const auto what = fmt::format("position {}, a life of {} s", row.position, row.active_s);
    BOOST_TEST(seen.begin()->first == row.least_s, what);
    BOOST_TEST(seen.rbegin()->first == row.most_s, what);
    const auto even =
        static_cast<double>(kUsers) / static_cast<double>(row.most_s - row.least_s + 1);
    for (const auto& [poll_s, users] : seen) BOOST_TEST(std::abs(users - even) <= 1, what);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
