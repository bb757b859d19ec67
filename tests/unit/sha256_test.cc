#include "base/sha256.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "base/encoding.h"

namespace concert {
namespace {

std::string hex_of(const Digest& digest) { return hex(bytes_of(digest)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(sha256_test)

BOOST_AUTO_TEST_CASE(hashes_the_examples_of_the_standard) {
  BOOST_TEST(hex_of(sha256({})) ==
             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(hex_of(sha256({"a", "", "bc"})) ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231, test cases 1, 2 and 3.
BOOST_AUTO_TEST_CASE(a_code_is_that_of_the_standard) {
  const HmacSha256 first(std::string(20, '\x0b'));
  BOOST_TEST(hex_of(first.of({"Hi There"})) ==
             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(hex_of(HmacSha256("Jefe").of({"what do ya want", " ", "for nothing?"})) ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  BOOST_TEST(hex_of(HmacSha256(std::string(20, '\xaa')).of({std::string(50, '\xdd')})) ==
             "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

BOOST_AUTO_TEST_CASE(a_code_does_not_depend_on_the_codes_before) {
  const HmacSha256 codes("key");
  const Digest first = codes.of({"1"});
  BOOST_TEST(hex_of(codes.of({"2"})) != hex_of(first));
  BOOST_TEST(hex_of(codes.of({"1"})) == hex_of(first));
}

BOOST_AUTO_TEST_CASE(a_key_longer_than_a_block_is_refused) {
  const std::string longest(64, 'k');
  BOOST_CHECK_NO_THROW(HmacSha256{longest});
  BOOST_CHECK_THROW(HmacSha256{longest + "k"}, std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
