// The proof that the tests' own search of the logs finds what it looks for.
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "support/jwt.h"
#include "support/logs.h"
#include "support/process.h"

namespace concert::test {
namespace {

struct Logs {
  void write(const std::string& file, const std::string& text) {
    std::ofstream(folder.path() + "/" + file) << text << "\n";
  }
  bool found(const std::string& text) {
    write("concertd.log", text);
    return !secrets_in_logs(folder.path(), {"a password"}).empty();
  }
  ScratchFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secrets_in_logs_test, Logs)

BOOST_AUTO_TEST_CASE(tokens_keys_and_passwords_are_found_and_nothing_else) {
  write("token.key", "a key that signs");
  Json::Value claims;
  claims["sub"] = "somebody";
  const std::string token = sign_jwt(claims, "HS256", "a key");
  BOOST_TEST(found("GET /concerts " + token + " 200"));
  BOOST_TEST(found("it is 'a key that signs'"));
  BOOST_TEST(found("by a password"));
  BOOST_TEST(!found("GET /concerts 200 eyJhbGciOiJIUzI1NiJ9 eyJ. a key"));
}

BOOST_AUTO_TEST_CASE(an_empty_log_is_reported) {
  BOOST_TEST(secrets_in_logs(folder.path()).find("nothing was logged") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
