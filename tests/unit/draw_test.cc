#include "draw/draw.h"

#include <fmt/format.h>
#include <json/json.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "base/encoding.h"
#include "domain/check.h"
#include "support/files.h"
#include "support/http_client.h"

namespace concert {
namespace {

std::string bytes_of_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

DrawInput input_of(std::int64_t entries, const std::string& seed_text = "a seed") {
  return {std::string(bytes_of(sha256({seed_text}))), "drand 4514241", entries};
}

std::vector<std::int64_t> order_of(const Draw& draw) {
  std::vector<std::int64_t> order;
  for (std::int64_t place = 1; place <= draw.entries(); ++place)
    order.push_back(draw.entry_at(place));
  return order;
}

// The draws that Python made, with none of this code.
Json::Value vectors() { return test::parse_json(test::source_text("tests/vectors/draw.json")); }

DrawInput input_of(const Json::Value& vector) {
  return {bytes_of_hex(vector["seed"].asString()), vector["publicValue"].asString(),
          vector["entries"].asInt64()};
}

// A draw of six entries in an array as Draw takes it.
struct SixEntries {
  SixEntries() : draw(std::shared_ptr<const std::uint32_t>(numbers, numbers->data()), 6) {}

  std::shared_ptr<std::array<std::uint32_t, 12>> numbers =
      std::make_shared<std::array<std::uint32_t, 12>>(
          std::array<std::uint32_t, 12>{2, 3, 1, 6, 4, 5, 3, 1, 2, 5, 6, 4});
  Draw draw;
};

constexpr std::size_t kSix = 6;

// How often each of six entries had each place, in 10,000 orders.
template <class Order>
double chi_square(Order order_of_round) {
  constexpr int kRounds = 10'000;
  std::array<std::array<int, kSix>, kSix> counts{};
  for (int round = 0; round < kRounds; ++round) {
    const auto order = order_of_round(round);
    for (std::size_t i = 0; i < kSix; ++i)
      ++counts.at(static_cast<std::size_t>(order.at(i)) - 1).at(i);
  }
  constexpr double kExpected = kRounds / 6.0;
  double sum = 0;
  for (const auto& places : counts) {
    for (const int count : places) sum += (count - kExpected) * (count - kExpected) / kExpected;
  }
  // Every entry has a place in every round, so the sum is 6/5 of a chi-square with 25 degrees of
  // freedom.
  return sum * 5 / 6;
}

// Of 1,000 fair draws, 999 stay below: chi-square with 25 degrees of freedom.
constexpr double kFairBelow = 52.6;

}  // namespace

BOOST_AUTO_TEST_SUITE(draw_test)

BOOST_AUTO_TEST_CASE(agrees_with_the_draws_that_python_made) {
  BOOST_TEST(vectors().size() >= 12U);
  for (const Json::Value& vector : vectors()) {
    BOOST_TEST_CONTEXT(vector["name"].asString()) {
      const DrawInput input = input_of(vector);
      BOOST_TEST(commitment_of(input.seed) == vector["commitment"].asString());
      BOOST_TEST(hex(bytes_of(draw_key(input))) == vector["key"].asString());
      const Draw draw(input);
      BOOST_TEST(draw.entries() == input.entries);
      const auto order = order_of(draw);
      if (vector.isMember("order")) {
        std::vector<std::int64_t> expected;
        for (const Json::Value& entry : vector["order"]) expected.push_back(entry.asInt64());
        BOOST_TEST(order == expected, boost::test_tools::per_element());
      } else {
        const std::string text = fmt::format("{}", fmt::join(order, ","));
        BOOST_TEST(hex(bytes_of(sha256({text}))) == vector["orderSha256"].asString());
        const Json::Value& some = vector["entryAt"];
        for (const std::string& place : some.getMemberNames())
          BOOST_TEST(draw.entry_at(std::stoll(place)) == some[place].asInt64());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(places_and_entries_are_each_others_inverse) {
  for (const std::int64_t entries : {1, 2, 3, 255, 256, 257, 5000}) {
    const Draw draw(input_of(entries));
    BOOST_TEST(draw.is_whole());
    std::vector<bool> is_taken(static_cast<std::size_t>(entries));
    for (std::int64_t entry = 1; entry <= entries; ++entry) {
      const std::int64_t place = draw.place_of(entry);
      BOOST_REQUIRE(draw.entry_at(place) == entry);
      BOOST_REQUIRE(!is_taken.at(static_cast<std::size_t>(place - 1)));
      is_taken.at(static_cast<std::size_t>(place - 1)) = true;
    }
  }
}

BOOST_AUTO_TEST_CASE(only_the_entries_and_places_from_1_to_n_can_be_asked_for) {
  const Draw draw(input_of(3));
  for (const std::int64_t number : {-1LL, 0LL, 4LL, 1LL << 32, (1LL << 32) + 1, -(1LL << 62)}) {
    BOOST_CHECK_THROW((void)draw.place_of(number), Bug);
    BOOST_CHECK_THROW((void)draw.entry_at(number), Bug);
  }
  const Draw nobody(input_of(0));
  BOOST_TEST(nobody.is_whole());
  BOOST_CHECK_THROW((void)nobody.place_of(1), Bug);
}

BOOST_AUTO_TEST_CASE(a_seed_has_32_bytes_and_entries_are_counted_in_32_bits) {
  BOOST_CHECK_THROW(commitment_of(std::string(31, 's')), Bug);
  BOOST_CHECK_THROW(draw_key({std::string(64, 'a'), "", 1}), Bug);
  BOOST_CHECK_THROW(draw_key({std::string(kSeedBytes, 's'), "", -1}), Bug);
  BOOST_CHECK_THROW(Draw({std::string(kSeedBytes, 's'), "", kMostEntries + 1}), Bug);
}

BOOST_AUTO_TEST_CASE(the_seed_the_public_value_and_the_number_of_entries_all_change_the_order) {
  const DrawInput input = input_of(50);
  const auto order = order_of(Draw(input));
  for (const auto& other : {DrawInput{std::string(kSeedBytes, 's'), input.public_value, 50},
                            DrawInput{input.seed, input.public_value + " ", 50}})
    BOOST_TEST(order_of(Draw(other)) != order);
  auto of_one_more = order_of(Draw(input_of(51)));
  std::erase(of_one_more, 51);
  BOOST_TEST(of_one_more != order);
}

BOOST_AUTO_TEST_CASE(the_whole_code_decides_where_its_beginning_is_the_same) {
  // Codes that have the first 8 bytes in common in pairs, and differ in byte `decisive`.
  for (const std::size_t decisive : {8U, 20U, 31U}) {
    const auto code_of = [&](std::uint32_t entry) {
      Digest code{};
      code[7] = static_cast<unsigned char>(entry / 2);
      code.at(decisive) = static_cast<unsigned char>(200 - entry);
      return code;
    };
    const std::vector<std::uint32_t> expected{1, 3, 2, 5, 4, 6};
    BOOST_TEST(in_order_of_codes(6, code_of) == expected, boost::test_tools::per_element());
  }
  const std::vector<std::uint32_t> ascending{1, 2, 3};
  BOOST_TEST(in_order_of_codes(3, [](std::uint32_t) { return Digest{}; }) == ascending);
}

BOOST_AUTO_TEST_CASE(bytes_of_a_code_are_compared_from_the_first_on_and_without_sign) {
  const auto code_of = [](std::uint32_t entry) {
    constexpr std::array<unsigned char, 3> kFirst{0xFF, 0x7F, 0x80};
    Digest code{};
    code[0] = kFirst.at(entry - 1);
    code[1] = static_cast<unsigned char>(entry == 2 ? 0xFF : 0);
    return code;
  };
  BOOST_TEST(in_order_of_codes(3, code_of) == (std::vector<std::uint32_t>{2, 3, 1}));
}

BOOST_FIXTURE_TEST_CASE(damage_of_its_memory_is_an_error_of_those_whom_it_touches, SixEntries) {
  BOOST_TEST(draw.is_whole());
  BOOST_TEST(draw.place_of(1) == 2);
  // 0 and 7 are outside of the arrays, and so is the largest number; 3 is another entry's place.
  for (const std::uint32_t wrong : {0U, 7U, 12U, 0xFFFFFFFFU, 3U}) {
    numbers->at(0) = wrong;
    BOOST_TEST(!draw.is_whole());
    BOOST_CHECK_THROW((void)draw.place_of(1), DrawDamaged);
    BOOST_CHECK_THROW((void)draw.entry_at(2), DrawDamaged);
    BOOST_TEST(draw.place_of(4) == 6);
    BOOST_TEST(draw.entry_at(6) == 4);
  }
  numbers->at(0) = 2;
  numbers->at(6 + 1) = 0xFFFFFFFF;
  BOOST_TEST(!draw.is_whole());
  BOOST_CHECK_THROW((void)draw.entry_at(2), DrawDamaged);
}

BOOST_AUTO_TEST_CASE(no_entry_is_preferred_at_any_place) {
  const double sum =
      chi_square([](int round) { return order_of(Draw(input_of(kSix, std::to_string(round)))); });
  BOOST_TEST(sum < kFairBelow);
}

// The same figure of orders that are not fair: what the case above would say of them.
BOOST_AUTO_TEST_CASE(an_order_that_prefers_an_entry_would_be_noticed) {
  const auto codes_changed_by = [](const std::function<void(Digest&)>& change) {
    return chi_square([&](int round) {
      const HmacSha256 codes(bytes_of(sha256({std::to_string(round)})));
      return in_order_of_codes(kSix, [&](std::uint32_t entry) {
        Digest code = codes.of({std::to_string(entry)});
        change(code);
        return code;
      });
    });
  };
  BOOST_TEST(codes_changed_by([](Digest&) {}) < kFairBelow);
  BOOST_TEST(codes_changed_by([](Digest& code) { code = {}; }) > kFairBelow);
  BOOST_TEST(codes_changed_by([](Digest& code) {
               // Only a few values, and the lower number first of two with the same.
               const auto few = static_cast<unsigned char>(code[0] % 10);
               code = {few};
             }) > kFairBelow);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
