#include "cache/seal.h"

#include <boost/test/unit_test.hpp>

namespace concert::test {

BOOST_AUTO_TEST_SUITE(seal_test)

BOOST_AUTO_TEST_CASE(a_value_comes_back_only_under_its_own_name_and_key) {
  const Seal seal("a token key");
  const std::string kept = seal.close("name", "value");
  BOOST_TEST(seal.open("name", kept).value_or("none") == "value");
  BOOST_TEST(Seal::value_of(kept) == "value");
  BOOST_TEST(!seal.open("other", kept));
  BOOST_TEST(!seal.open("namev", kept));
  BOOST_TEST(!Seal("another token key").open("name", kept));
  BOOST_TEST(seal.open("name", seal.close("name", "")).value_or("none").empty());
}

BOOST_AUTO_TEST_CASE(no_byte_can_be_changed_and_nothing_cut_or_added) {
  const Seal seal("a token key");
  const std::string kept = seal.close("name", "value");
  for (std::size_t i = 0; i < kept.size(); ++i) {
    std::string changed = kept;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    BOOST_TEST(!seal.open("name", changed), i);
    BOOST_TEST(!seal.open("name", kept.substr(0, i)), i);
  }
  BOOST_TEST(!seal.open("name", kept + "x"));
}

BOOST_AUTO_TEST_CASE(both_keys_of_a_change_of_keys_are_good_on_every_host) {
  const Seal before("key 1"), accepts("key 1", "key 2"), signs("key 2", "key 1");
  for (const Seal* const writer : {&accepts, &signs}) {
    for (const Seal* const reader : {&accepts, &signs})
      BOOST_TEST(reader->open("name", writer->close("name", "value")).has_value());
  }
  BOOST_TEST(accepts.open("name", before.close("name", "value")).has_value());
  BOOST_TEST(!before.open("name", signs.close("name", "value")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
