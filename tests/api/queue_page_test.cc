// What everybody may see of a queue, and what its waiting users are told.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "support/test_user.h"

namespace concert::test {
namespace {

using Clock = std::chrono::steady_clock;

// A concert with two seats in a queue of its own, which lets one user in at a time.
struct QueuePage {
  QueuePage() {
    stack.ctl({"concert", "set", "--concert", std::to_string(concert), "--queue", queue});
  }
  HttpResponse get(const std::string& at, const Headers& headers = {}) {
    return client.send({"GET", at, headers});
  }
  HttpResponse join() { return client.send(join_request(new_uuid(), concert)); }
  HttpResponse ask(const HttpResponse& joined) {
    return get("/token/refresh", {{"token", joined.json()["token"].asString()}});
  }
  Json::Value shown() { return get(path).json(); }
  // Within how many ms `done` is true.
  template <class Done>
  std::int64_t ms_until(Done done) {
    const auto begin = Clock::now();
    BOOST_TEST(eventually(done));
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
  }
  // How many requests for a queue concertd has answered with 200.
  int asked() {
    const std::string metrics = get("/metrics").body;
    const std::string line =
        "\nconcert_requests_total{route=\"GET /queues/{queueId}\",status=\"200\"} ";
    const auto at = metrics.find(line);
    return at == std::string::npos ? 0 : std::stoi(metrics.substr(at + line.size()));
  }

  Stack stack{{"active_limit", "1"}};
  HttpClient client = stack.client();
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 2);
  std::string queue =
      std::to_string(stack.ctl({"queue", "add", "--name", "Winter Journey"})["queueId"].asInt64());
  std::string path = "/queues/" + queue;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(queue_page_test, QueuePage)

BOOST_AUTO_TEST_CASE(a_queue_is_shown_to_everybody) {
  const HttpResponse answer = get(path);
  BOOST_TEST(answer.outcome() == "200");
  Json::Value body = answer.json();
  BOOST_TEST(body["serverTime"].asString().size() == 24U);
  body.removeMember("serverTime");
  BOOST_TEST(
      compact(body) ==
      fmt::format(
          R"({{"active":0,"admittedPerMinute":0,"admittedPlace":null,"draw":null,"message":null,)"
          R"("name":"Winter Journey","opensAt":null,"paused":false,"phase":"OPEN","queueId":{},)"
          R"("registerFrom":null,"registerUntil":null,"registered":0,)"
          R"("stock":{{"available":2,"held":0,"outlook":"LIKELY"}},"waiting":0}})",
          queue));
  const Json::Value main = get("/queues/1").json();
  BOOST_TEST(main["name"] == "main");
  BOOST_TEST(main["stock"].isNull());
  BOOST_TEST(compact(get("/queue").json()) ==
             R"({"active":0,"admittedPerMinute":0,"paused":false,"waiting":0})");
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_not_there_is_not_found) {
  BOOST_TEST(get("/queues/999999").outcome() == "404 QUEUE_NOT_FOUND");
  BOOST_TEST(get("/queues/9007199254740991").outcome() == "404 QUEUE_NOT_FOUND");
  for (const char* id : {"0", "-1", "x", "1.5", "9007199254740992", "99999999999999999999"})
    BOOST_TEST(get(std::string("/queues/") + id).outcome() == "404 NOT_FOUND", id);
  const std::string next = std::to_string(std::stoll(queue) + 1);
  BOOST_TEST(get("/queues/" + next).outcome() == "404 QUEUE_NOT_FOUND");
  stack.ctl({"queue", "add", "--name", "Next"});
  BOOST_TEST(get("/queues/" + next).outcome() == "200");
}

BOOST_AUTO_TEST_CASE(an_answer_may_be_kept_for_a_second_and_has_an_etag) {
  const HttpResponse first = get(path);
  BOOST_TEST(first.header("cache-control") == "public, max-age=1");
  BOOST_TEST(first.header("x-accel-expires") == "");
  // Once at least two requests fall into one second.
  BOOST_TEST(eventually([&] {
    const std::string tag = get(path).header("etag");
    BOOST_TEST(tag.rfind("W/\"", 0) == 0U, tag);
    const HttpResponse again = get(path, {{"If-None-Match", tag}});
    if (again.status == 304) BOOST_TEST(again.body == "");
    return again.status == 304;
  }));
  BOOST_TEST(get(path, {{"If-None-Match", "W/\"0-0\""}}).status == 200);
  BOOST_TEST(get("/queues/999999").header("cache-control") == "no-store");
}

BOOST_AUTO_TEST_CASE(any_number_of_watchers_costs_one_request_a_second) {
  const std::string number = fmt::format("%{:x}", static_cast<int>(queue.front()));
  BOOST_TEST(get("/queues/" + number + queue.substr(1)).outcome() == "200");
  const int before = asked();
  const auto begin = Clock::now();
  int answered = 0;
  for (int i = 0; Clock::now() - begin < std::chrono::seconds(4); ++i) {
    for (const std::string& to :
         {path, fmt::format("{}?{}", path, i), fmt::format("{}?x%20{}=1&limit={}", path, i, i),
          fmt::format("/queue%73/{}{}?q={}&q=1&after", number, queue.substr(1), i)}) {
      if (get(to).status == 200) ++answered;
    }
  }
  BOOST_TEST(answered > 100);
  BOOST_TEST(asked() > before);
  // One in each second that began, and one for the first answer.
  BOOST_TEST(asked() - before <= 6);
  BOOST_TEST(get("/" + path).status == 308);
  BOOST_TEST(get("/queues%2F" + queue).outcome() == "404 NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(users_who_wait_are_told_a_message_within_two_seconds) {
  const HttpResponse inside = join();
  const HttpResponse waiting = join();
  BOOST_TEST(waiting.outcome() == "201");
  BOOST_TEST(waiting.json()["status"] == "WAITING");
  BOOST_TEST(waiting.json()["message"].isNull());
  const auto is_said = [](const Json::Value& answer) {
    const Json::Value& message = answer["message"];
    return message.size() == 2U && message["en"] == "Ten minutes." && message["ko"] == "10분";
  };
  stack.ctl({"queue", "say", "--queue", queue, "--en", "Ten minutes.", "--ko", "10분", "--until",
             time_from_now(3600)});
  BOOST_TEST(is_said(ask(waiting).json()));
  BOOST_TEST(is_said(join().json()));
  BOOST_TEST(ask(inside).json()["status"] == "ACTIVE");
  BOOST_TEST(ask(inside).json()["message"].isNull());
  BOOST_TEST(ms_until([&] { return is_said(shown()); }) < 2100);
  BOOST_TEST(get("/queues/1").json()["message"].isNull());
  stack.ctl({"queue", "say", "--queue", queue, "--clear"});
  BOOST_TEST(ask(waiting).json()["message"].isNull());
  BOOST_TEST(ms_until([&] { return shown()["message"].isNull(); }) < 2100);
}

BOOST_AUTO_TEST_CASE(what_is_left_is_told_and_that_nothing_is_within_two_seconds) {
  const HttpResponse inside = join();
  stack.cron();
  const HttpResponse waiting = join();
  BOOST_TEST(compact(waiting.json()["stock"]) ==
             R"({"available":2,"held":0,"outlook":"UNLIKELY"})");
  BOOST_TEST(ask(inside).json()["stock"].isNull());
  const std::string token = inside.json()["token"].asString();
  HttpRequest hold{"POST", "/reservation", {{"token", token}}};
  hold.headers.emplace("Content-Type", "application/json");
  hold.body = fmt::format(R"({{"concertDateId":{},"seatNumbers":[1,2]}})", date);
  const HttpResponse held = client.send(hold);
  BOOST_TEST(held.outcome() == "201");
  stack.cron();
  BOOST_TEST(compact(ask(waiting).json()["stock"]) ==
             R"({"available":0,"held":2,"outlook":"UNLIKELY"})");
  HttpRequest charge{
      "PATCH", "/user/" + inside.json()["userId"].asString() + "/charge", {{"token", token}}};
  charge.headers.emplace("Content-Type", "application/json");
  charge.body = R"({"amount":1000})";
  BOOST_TEST(client.send(charge).outcome() == "200");
  BOOST_TEST(client
                 .send({"POST",
                        fmt::format("/payment/{}", held.json()["paymentId"].asInt64()),
                        {{"token", token}}})
                 .outcome() == "200");
  BOOST_TEST(ms_until([&] { return shown()["stock"]["outlook"] == "SOLD_OUT"; }) < 2100);
  BOOST_TEST(compact(shown()["stock"]) == R"({"available":0,"held":0,"outlook":"SOLD_OUT"})");
  stack.ctl({"queue", "pause", "--queue", queue});
  stack.cron();
  BOOST_TEST(ask(waiting).json()["stock"]["outlook"] == "SOLD_OUT");
}

BOOST_AUTO_TEST_CASE(the_highest_place_that_was_admitted_is_shown) {
  const HttpResponse inside = join();
  const HttpResponse first = join();
  const HttpResponse second = join();
  BOOST_TEST(first.json()["place"] == 1);
  BOOST_TEST(shown()["admittedPlace"].isNull());
  BOOST_TEST(
      client.send({"DELETE", "/token", {{"token", inside.json()["token"].asString()}}}).status ==
      204);
  stack.cron();
  BOOST_TEST(ms_until([&] { return shown()["admittedPlace"] == 1; }) < 2100);
  BOOST_TEST(shown()["waiting"] == 1);
  BOOST_TEST(ask(second).json()["status"] == "WAITING");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
