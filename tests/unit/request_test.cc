#include "http/request.h"

#include <boost/test/unit_test.hpp>
#include <set>

namespace concert {
namespace {

std::vector<std::string> query_of(const std::string& target, const std::string& name) {
  Request request;
  request.target = target;
  return request.query(name);
}

using Values = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(request_test)

BOOST_AUTO_TEST_CASE(the_path_ends_where_the_query_begins) {
  Request request;
  request.target = "/concerts/1/dates?limit=1?after=2";
  BOOST_TEST(request.path() == "/concerts/1/dates");
  request.target = "/queue";
  BOOST_TEST(request.path() == "/queue");
  request.target = "";
  BOOST_TEST(request.path().empty());
}

BOOST_AUTO_TEST_CASE(a_parameters_values_are_decoded_and_kept_in_order) {
  BOOST_TEST(query_of("/x?a=1&b=2&a=3", "a") == (Values{"1", "3"}),
             boost::test_tools::per_element());
  BOOST_TEST(query_of("/x?status=%41VAILABLE", "status") == Values{"AVAILABLE"},
             boost::test_tools::per_element());
  BOOST_TEST(query_of("/x?%61=1", "a") == Values{"1"}, boost::test_tools::per_element());
  BOOST_TEST(query_of("/x?a=b=c", "a") == Values{"b=c"}, boost::test_tools::per_element());
  BOOST_TEST(query_of("/x?a", "a") == Values{""}, boost::test_tools::per_element());
  BOOST_TEST(query_of("/x?a=", "a") == Values{""}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_parameter_that_is_not_given_has_no_value) {
  for (const char* target : {"/x", "/x?", "/x?&&", "/x?ab=1", "/x?A=1", "/a?b=a"}) {
    BOOST_TEST(query_of(target, "a").empty(), target);
  }
}

BOOST_AUTO_TEST_CASE(a_malformed_escape_is_kept_as_it_is) {
  BOOST_TEST(query_of("/x?a=%zz", "a") == Values{"%zz"}, boost::test_tools::per_element());
  BOOST_TEST(query_of("/x?%zz=1&a=2", "a") == Values{"2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_client_may_choose_a_request_id_of_a_safe_form) {
  for (const std::string& text : {std::string("a"), std::string("Az09._-"), std::string(64, 'x')}) {
    BOOST_TEST(is_request_id(text), text);
  }
  for (const std::string& text :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\n"),
        std::string("a/b"), std::string("caf\xC3\xA9"), std::string("a\"b"),
        std::string(1, '\0')}) {
    BOOST_TEST(!is_request_id(text), text);
  }
}

BOOST_AUTO_TEST_CASE(new_request_ids_are_valid_and_differ) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(new_request_id());
  BOOST_TEST(ids.size() == 1000U);
  BOOST_TEST(is_request_id(*ids.begin()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
