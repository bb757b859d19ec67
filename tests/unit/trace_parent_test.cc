#include "base/trace_parent.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace concert {
namespace {

const std::string kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// With another text in place of what is at `at`.
std::string changed(std::size_t at, const std::string& to) {
  std::string text = kGood;
  return text.replace(at, to.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_parent_test)

BOOST_AUTO_TEST_CASE(a_well_formed_header_has_a_trace_and_a_span) {
  const auto parent = TraceParent::parse(kGood);
  BOOST_REQUIRE(parent.has_value());
  BOOST_TEST(parent->trace_id() == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(parent->span_id() == "00f067aa0ba902b7");
  BOOST_TEST(parent->text() == kGood);
  BOOST_TEST(TraceParent::parse(changed(53, "00")).has_value());
  BOOST_TEST(TraceParent::parse(changed(53, "ff")).has_value());
}

BOOST_AUTO_TEST_CASE(the_lowest_bit_of_the_flags_says_whether_it_is_recorded) {
  for (const char* flags : {"01", "03", "ff", "0b"}) {
    BOOST_TEST(TraceParent::parse(changed(53, flags))->is_sampled(), flags);
  }
  for (const char* flags : {"00", "02", "fe", "10"}) {
    BOOST_TEST(!TraceParent::parse(changed(53, flags))->is_sampled(), flags);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_outlives_the_original) {
  std::optional<TraceParent> copy;
  {
    const auto parent = TraceParent::parse(kGood);
    copy = parent;
  }
  BOOST_TEST(copy->trace_id() == "4bf92f3577b34da6a3ce929d0e0e4736");
}

BOOST_AUTO_TEST_CASE(any_other_text_is_ignored) {
  const std::vector<std::string> others{
      "",
      "00",
      kGood + "-",
      kGood + "-00",
      kGood + " ",
      " " + kGood,
      kGood + ", " + kGood,
      kGood.substr(0, kGood.size() - 1),
      changed(0, "01"),
      changed(0, "ff"),
      changed(2, "_"),
      changed(35, "_"),
      changed(52, "_"),
      changed(3, "4BF9"),
      changed(36, "00F0"),
      changed(53, "0A"),
      changed(10, "g"),
      changed(10, "'"),
      changed(10, "*/"),
      changed(40, "-"),
      changed(3, std::string(32, '0')),
      changed(36, std::string(16, '0')),
      changed(20, std::string(1, '\0')),
      std::string(55, '0'),
  };
  for (const std::string& other : others) BOOST_TEST(!TraceParent::parse(other), other);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
