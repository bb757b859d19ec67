#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/jwt.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// A concert in a queue of its own, and one in the main queue, each with a date.
struct OwnQueue {
  OwnQueue() {
    stack.ctl(
        {"concert", "set", "--concert", std::to_string(concert), "--queue", std::to_string(queue)});
  }
  HttpResponse join(const std::string& id, const std::string& more) {
    HttpRequest request = token_request(id);
    request.body = fmt::format(R"({{"userId":"{}",{}}})", id, more);
    return stack.client().send(request);
  }
  HttpResponse get(const std::string& token, const std::string& at) {
    return stack.client().send({"GET", at, {{"token", token}}});
  }
  HttpResponse post(const std::string& token, const std::string& at, const std::string& body) {
    HttpRequest request{"POST", at, {{"token", token}}};
    request.headers.emplace("Content-Type", "application/json");
    request.body = body;
    return stack.client().send(request);
  }
  std::string hold_of(std::int64_t of) {
    return fmt::format(R"({{"concertDateId":{},"seatNumber":1}})", of);
  }

  Stack& stack = shared_stack();
  std::int64_t main_concert = stack.add_concert();
  std::int64_t main_date = stack.add_date(main_concert);
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert);
  std::int64_t queue = stack.ctl({"queue", "add", "--name", new_uuid()})["queueId"].asInt64();
  std::string user = new_uuid();
  std::string of_concert = fmt::format(R"("concertId":{})", concert);
  std::string path = fmt::format("/concerts/{}/dates", concert);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(queues_test, OwnQueue)

BOOST_AUTO_TEST_CASE(a_user_joins_the_queue_of_a_concert) {
  const HttpResponse joined = join(user, of_concert);
  BOOST_TEST(joined.outcome() == "201");
  BOOST_TEST(joined.json()["queueId"].asInt64() == queue);
  BOOST_TEST(joined.json()["place"].isNull());
  const Json::Value claims = claims_of_jwt(joined.json()["token"].asString());
  BOOST_TEST(claims["queueId"].asInt64() == queue);
  BOOST_TEST(join(user, of_concert).outcome() == "200");
  const HttpResponse refreshed = get(joined.json()["token"].asString(), "/token/refresh");
  BOOST_TEST(refreshed.json()["queueId"].asInt64() == queue);
  const TestUser same(stack, user);
  BOOST_TEST(same.issued().outcome() == "201");
  BOOST_TEST(same.issued().json()["queueId"].asInt() == 1);
}

BOOST_AUTO_TEST_CASE(the_concert_to_join_for_is_there) {
  BOOST_TEST(join(user, R"("concertId":999999999)").outcome() == "404 CONCERT_NOT_FOUND");
  for (const char* id : {"0", "-1", "1.5", "\"1\"", "null", "9007199254740992"}) {
    const HttpResponse refused = join(user, fmt::format(R"("concertId":{})", id));
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", id);
    BOOST_TEST(refused.json()["field"].asString() == "concertId", id);
  }
}

BOOST_AUTO_TEST_CASE(a_token_of_another_queue_is_told_which) {
  const std::string other = TestUser(stack, user).token();
  for (const std::string& read :
       {path, fmt::format("{}/{}/seats", path, date), fmt::format("{}/{}/sections", path, date)}) {
    const HttpResponse refused = get(other, read);
    BOOST_TEST(refused.outcome() == "403 WRONG_QUEUE", read);
    BOOST_TEST(refused.json()["queueId"].asInt64() == queue, read);
  }
  BOOST_TEST(post(other, "/reservation", hold_of(date)).outcome() == "403 WRONG_QUEUE");
  const std::string own = join(user, of_concert).json()["token"].asString();
  BOOST_TEST(get(own, path).outcome() == "200");
  BOOST_TEST(post(own, "/reservation", hold_of(main_date)).outcome() == "403 WRONG_QUEUE");
  const Json::Value held = post(own, "/reservation", hold_of(date)).json();
  const std::string id = std::to_string(held["reservationId"].asInt64());
  BOOST_TEST(post(other, "/reservation/" + id + "/extend", "").outcome() == "403 WRONG_QUEUE");
  BOOST_TEST(post(other, "/payment/" + id, "").outcome() == "403 WRONG_QUEUE");
  BOOST_TEST(post(other, "/payments", fmt::format(R"({{"paymentIds":[{}]}})", id)).outcome() ==
             "403 WRONG_QUEUE");
  BOOST_TEST(get(other, "/reservation/" + id).outcome() == "200");
  BOOST_TEST(stack.client().send({"DELETE", "/reservation/" + id, {{"token", other}}}).outcome() ==
             "204");
}

BOOST_AUTO_TEST_CASE(each_queue_lists_its_concerts) {
  const std::string own = join(user, of_concert).json()["token"].asString();
  const Json::Value listed = get(own, "/concerts").json()["concerts"];
  BOOST_REQUIRE(listed.size() == 1U);
  BOOST_TEST(listed[0]["concertId"].asInt64() == concert);
  const HttpResponse shown = stack.client().send({"GET", fmt::format("/catalogue/{}", concert)});
  BOOST_TEST(shown.json()["queueId"].asInt64() == queue);
}

BOOST_AUTO_TEST_CASE(queues_are_listed_limited_and_paused_apart) {
  const std::string id = std::to_string(queue);
  BOOST_TEST(stack.ctl({"queue", "set", "--queue", id, "--active-limit", "7"})["activeLimit"] == 7);
  BOOST_TEST(stack.ctl({"queue", "status"})["activeLimit"] != 7);
  BOOST_TEST(stack.ctl({"queue", "pause", "--queue", id})["paused"].asBool());
  BOOST_TEST(!stack.ctl({"queue", "status"})["paused"].asBool());
  const Json::Value queues = stack.ctl({"queue", "list"})["queues"];
  BOOST_TEST(queues[0]["queueId"] == 1);
  BOOST_TEST(queues[0]["name"] == "main");
  BOOST_TEST(queues[queues.size() - 1]["queueId"].asInt64() == queue);
  BOOST_TEST(queues[queues.size() - 1]["paused"].asBool());
  BOOST_CHECK_THROW(stack.ctl({"queue", "status", "--queue", "99999"}), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
