#define BOOST_TEST_MODULE concert_reservation
#include <boost/test/unit_test.hpp>
