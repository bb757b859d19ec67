// How the workers share connections: kept connections, rounds, and writes that have to wait.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "domain/user_id.h"
#include "support/ops_service.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct FewWorkers {
  Service service{{{"workers", "4"}}};
};

// Asks as often as it can until told to stop; counts its answers.
struct Reader {
  Reader(const Service& service, const std::atomic<bool>& stop) : web(service.web()), stop_(stop) {
    token = service.new_token(web, new_uuid());
  }
  void start() {
    thread = std::thread([this] {
      while (!stop_) (web.get("/token/refresh", token).status == 200 ? answers : failures)++;
    });
  }
  Web web;
  const std::atomic<bool>& stop_;
  std::string token;
  std::atomic<int> answers = 0;
  std::atomic<int> failures = 0;
  std::thread thread;
};

using Readers = std::vector<std::unique_ptr<Reader>>;

// They start one after the other, each with its token.
Readers start_readers(const Service& service, int count, const std::atomic<bool>& stop) {
  Readers readers;
  for (int i = 0; i < count; ++i) readers.push_back(std::make_unique<Reader>(service, stop));
  for (auto& reader : readers) reader->start();
  return readers;
}

std::vector<int> answers_of(const Readers& readers) {
  std::vector<int> answers;
  for (const auto& reader : readers) answers.push_back(reader->answers);
  return answers;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connections_test, FewWorkers)

BOOST_AUTO_TEST_CASE(each_of_many_readers_gets_its_share_of_the_answers) {
  // Under what the workers keep, and over it.
  for (const int count : {24, 400}) {
    std::atomic<bool> stop = false;
    auto readers = start_readers(service, count, stop);
    // From when all of them are there: a loaded machine starts the last long after the first.
    BOOST_TEST(eventually([&] {
      const auto answers = answers_of(readers);
      return *std::min_element(answers.begin(), answers.end()) > 0;
    }));
    const std::vector<int> before = answers_of(readers);
    // Until chance evens out, however slow the machine: a starved connection stays starved, and a
    // preferred one stays preferred.
    std::string shares;
    const auto evened_out = [&] {
      std::vector<int> answers = answers_of(readers);
      std::transform(answers.begin(), answers.end(), before.begin(), answers.begin(),
                     std::minus<>());
      const int fair = std::accumulate(answers.begin(), answers.end(), 0) / count;
      const auto [least, most] = std::minmax_element(answers.begin(), answers.end());
      shares = fmt::format("{} readers: {} to {}, fair {}", count, *least, *most, fair);
      return fair >= 40 && *least >= fair / 3 && *most <= fair * 3;
    };
    const bool enough = eventually(evened_out) || eventually(evened_out) || eventually(evened_out);
    stop = true;
    BOOST_TEST(enough, shares);
    BOOST_TEST_MESSAGE(shares);
    for (auto& reader : readers) {
      reader->thread.join();
      BOOST_TEST(reader->failures == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(reads_go_on_while_writes_wait_for_a_lock) {
  Web web = service.web();
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  std::atomic<bool> stop = false;
  auto readers = start_readers(service, 16, stop);
  Session lock = service.database();
  lock.begin();
  lock.query("SELECT balance FROM user WHERE user_id = ? FOR UPDATE", {*UserId::parse(user)});
  std::atomic<bool> answered = false;
  Reply charged;
  std::thread writer([&] {
    charged = web.send("PATCH", fmt::format("/user/{}/charge", user), {"token: " + token},
                       R"({"amount": 5})");
    answered = true;
  });
  // Long enough for the writer's worker to shut its idle connections down.
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  const std::vector<int> before = answers_of(readers);
  BOOST_TEST(eventually([&] {
    return std::equal(readers.begin(), readers.end(), before.begin(),
                      [](const auto& reader, int count) { return reader->answers > count; });
  }));
  BOOST_TEST(!answered);
  lock.rollback();
  writer.join();
  BOOST_TEST(charged.status == 200);
  stop = true;
  for (auto& reader : readers) {
    reader->thread.join();
    BOOST_TEST(reader->failures == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
