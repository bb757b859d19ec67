#include <boost/test/unit_test.hpp>
#include <regex>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneClient {
  Stack& stack = shared_stack();
  HttpClient client = stack.client();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(conventions_test, OneClient)

BOOST_AUTO_TEST_CASE(every_answer_has_a_request_id_of_its_own) {
  const std::regex form("[A-Za-z0-9._-]{1,64}");
  std::string before;
  for (const char* path : {"/queue", "/queue", "/concerts", "/nowhere", "/livez", "/metrics"}) {
    const std::string id = client.send({"GET", path}).header("x-request-id");
    BOOST_TEST(std::regex_match(id, form), path << " " << id);
    BOOST_TEST(id != before);
    before = id;
  }
}

BOOST_AUTO_TEST_CASE(a_client_may_choose_the_request_id) {
  for (const std::string& id : Texts{"a", std::string(64, 'z'), "Az09._-"}) {
    const Headers headers{{"X-Request-Id", id}};
    BOOST_TEST(client.send({"GET", "/queue", headers}).header("x-request-id") == id);
    const auto refused = client.send({"GET", "/concerts", headers});
    BOOST_TEST(refused.header("x-request-id") == id);
    BOOST_TEST(refused.json()["requestId"].asString() == id);
    const auto by_nginx = client.send({"POST", "/token", headers, std::string(20000, ' ')});
    BOOST_TEST(by_nginx.outcome() == "413 BODY_TOO_LARGE");
    BOOST_TEST(by_nginx.header("x-request-id") == id);
    BOOST_TEST(by_nginx.json()["requestId"].asString() == id);
  }
}

BOOST_AUTO_TEST_CASE(a_request_id_of_another_form_is_replaced) {
  for (const std::string& id : Texts{std::string(65, 'z'), "a b", "a/b", "\xC3\xA9", "", "a\"b"}) {
    const std::string given =
        client.send({"GET", "/queue", {{"X-Request-Id", id}}}).header("x-request-id");
    BOOST_TEST(given != id);
    BOOST_TEST(!given.empty());
  }
}

BOOST_AUTO_TEST_CASE(answers_about_a_user_are_never_stored) {
  TestUser user(stack);
  BOOST_TEST(user.issued().header("cache-control") == "no-store");
  for (const std::string& path : Texts{"/token/refresh", "/reservation/1", "/reservation/1/tickets",
                                       "/payment/1", "/concerts/x/dates"}) {
    BOOST_TEST(user.get(path).header("cache-control") == "no-store", path);
  }
  for (const std::string& part : Texts{"balance", "ledger", "reservations"}) {
    const std::string path = "/client/" + user.id() + "/" + part;
    BOOST_TEST(user.get(path).header("cache-control") == "no-store", path);
  }
  BOOST_TEST(user.charge(1).header("cache-control") == "no-store");
  BOOST_TEST(user.leave().header("cache-control") == "no-store");
  BOOST_TEST(user.refresh().header("cache-control") == "no-store");
}

BOOST_AUTO_TEST_CASE(a_user_id_is_accepted_in_either_case_and_given_back_in_lower_case) {
  const std::string id = "ABCDEF01-2345-4789-ABCD-" + new_uuid().substr(24);
  const auto issued = client.send(token_request(id));
  BOOST_TEST(issued.outcome() == "201");
  const std::string lower = "abcdef01-2345-4789-abcd-" + id.substr(24);
  BOOST_TEST(issued.json()["userId"].asString() == lower);
  BOOST_TEST(client.send(token_request(lower)).outcome() == "200");
  TestUser user(stack, lower);
  for (const std::string& path : Texts{"/client/" + id, "/client/" + lower}) {
    const auto balance = user.get(path + "/balance");
    BOOST_TEST(balance.outcome() == "200");
    BOOST_TEST(balance.json()["userId"].asString() == lower);
  }
}

BOOST_AUTO_TEST_CASE(no_problem_shows_internals) {
  TestUser user(stack);
  const std::regex inside("SELECT|UPDATE|sql|/app/|\\.cc|0x[0-9a-f]{6}|mysql|terminate|what\\(\\)",
                          std::regex::icase);
  for (const std::string& path :
       Texts{"/concerts/999999999/dates", "/concerts/'%20OR%201=1/dates", "/reservation/%00",
             "/reservation/9007199254740991", "/concerts?limit=';DROP%20TABLE%20user",
             "/client/%FF%FE/balance", "/concerts/1/dates/1/seats?status=%27",
             "/%2e%2e/%2e%2e/etc"}) {
    const auto refused = user.get(path);
    BOOST_TEST(refused.status >= 400, path);
    BOOST_TEST(refused.status < 500, path);
    BOOST_TEST(!std::regex_search(refused.body, inside), refused.body);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
