// Clients that leave before they are answered: what they asked for is still under way, and counts.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/fastcgi.h"
#include "support/http2_connection.h"
#include "support/ops_service.h"
#include "support/process.h"
#include "support/raw_connection.h"
#include "support/sockets.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr int kInHand = 40;
constexpr int kClients = 60;

using Clients = std::vector<std::unique_ptr<RawConnection>>;

struct Leaving {
  // A site that allows kInHand requests in hand, with a port for HTTP/1.1 and another for HTTP/2.
  Leaving() {
    site = with_in_hand(source_text("nginx/concert-reservation.conf"), kInHand);
    http2_port = add_http2(site);
    begin();
  }
  ~Leaving() { go_on(); }

  // Begins with no request under way.
  void begin() { service.run_site(site); }
  // Counts the connections without requests: the listening socket, and those that nginx keeps.
  void stand_still() {
    freeze(service.workers());
    without_requests = connections();
  }
  void go_on() const {
    for (const pid_t worker : service.workers()) ::kill(worker, SIGCONT);
  }
  int connections() const {
    return occurrences(text_of("/proc/net/unix"), service.listen_socket());
  }
  // How many requests concertd holds, in its workers and in its backlog.
  int held() const { return connections() - without_requests; }
  std::int64_t users() const {
    Session database = service.database();
    Rows rows = database.query("SELECT COUNT(*) FROM user");
    rows.next();
    return rows.number(1);
  }
  std::string join() const {
    const std::string body = user_body(new_uuid());
    return fmt::format(
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        body.size(), body);
  }

  Clients ask(int count, const std::function<std::string()>& request) const {
    Clients clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<RawConnection>(service.port()));
      clients.back()->send(request());
    }
    return clients;
  }

  Service service;
  int http2_port = 0;
  std::string site;
  int without_requests = 0;
};

int count_of(const Clients& clients, const std::string& beginning) {
  return static_cast<int>(std::count_if(clients.begin(), clients.end(), [&](const auto& client) {
    return client->received().starts_with(beginning);
  }));
}

// Whether nginx refuses exactly `count` of them within the time, all of them in the same way.
bool are_refused(const Clients& clients, int count) {
  const bool all = eventually([&] { return count_of(clients, "HTTP/1.1 ") >= count; });
  return all && count_of(clients, "HTTP/1.1 503 ") == count;
}

const Http2Connection::Headers kJson{{"content-type", "application/json"}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(abort_test, Leaving)

BOOST_AUTO_TEST_CASE(clients_that_shut_their_sending_side_keep_their_places_and_get_their_answers) {
  stand_still();
  Clients first = ask(kClients, [&] { return join(); });
  BOOST_TEST(are_refused(first, kClients - kInHand));
  BOOST_TEST(eventually([&] { return held() == kInHand; }));
  for (const auto& client : first) client->half_close();
  Clients second = ask(kClients, [&] { return join(); });
  BOOST_TEST(are_refused(second, kClients));
  BOOST_TEST(held() == kInHand);
  go_on();
  BOOST_TEST(eventually([&] { return count_of(first, "HTTP/1.1 201 ") == kInHand; }));
}

BOOST_AUTO_TEST_CASE(clients_that_close_keep_their_places_until_the_work_is_done) {
  for (const std::string& request : {join(), std::string("GET /queue HTTP/1.1\r\nHost: x\r\n\r\n"),
                                     std::string("TRACE /queue HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    stand_still();
    for (int wave = 0; wave < 3; ++wave) {
      Clients clients = ask(kClients, [&] { return request; });
      BOOST_TEST(are_refused(clients, wave == 0 ? kClients - kInHand : kClients), request);
    }
    // A read takes what nginx keeps first.
    BOOST_TEST(held() <= kInHand);
    go_on();
    BOOST_TEST(eventually([&] { return service.web().get("/queue").status == 200; }));
    begin();
  }
}

BOOST_AUTO_TEST_CASE(streams_that_are_reset_keep_their_places_until_the_work_is_done) {
  stand_still();
  constexpr int kStreams = 12;
  using Http2Clients = std::vector<std::unique_ptr<Http2Connection>>;
  Http2Clients stay;
  for (int wave = 0; wave < 3; ++wave) {
    Http2Clients clients;
    std::vector<std::pair<Http2Connection*, int>> asked;
    for (int i = 0; i < kClients; ++i) {
      if (i % kStreams == 0) clients.push_back(std::make_unique<Http2Connection>(http2_port));
      Http2Connection& client = *clients.back();
      asked.emplace_back(&client, client.request("POST", "/token", kJson, user_body(new_uuid())));
    }
    const auto refused = [&] {
      return std::count_if(asked.begin(), asked.end(), [](const auto& one) {
        const auto& statuses = one.first->statuses();
        const auto answer = statuses.find(one.second);
        return answer != statuses.end() && answer->second == 503;
      });
    };
    BOOST_TEST(
        eventually([&] { return refused() == (wave == 0 ? kClients - kInHand : kClients); }));
    // The first wave resets its streams and stays; the others close.
    if (wave > 0) continue;
    BOOST_TEST(eventually([&] { return held() == kInHand; }));
    for (const auto& [client, stream] : asked) client->reset(stream);
    stay = std::move(clients);
  }
  BOOST_TEST(held() == kInHand);
  go_on();
  BOOST_TEST(eventually([&] { return service.web().get("/queue").status == 200; }));
}

BOOST_AUTO_TEST_CASE(one_connection_of_http_2_has_few_places) {
  constexpr int kFew = 16;
  constexpr std::size_t kStreams = 30;
  stand_still();
  Http2Connection client(http2_port);
  for (std::size_t i = 0; i < kStreams; ++i) client.request("GET", "/queue");
  BOOST_TEST(eventually([&] { return client.statuses().size() == kStreams - kFew; }));
  BOOST_TEST(client.max_concurrent_streams() == kFew);
  for (const auto& [stream, status] : client.statuses())
    BOOST_TEST(status == Http2Connection::kRefused);
}

BOOST_AUTO_TEST_CASE(all_ports_together_have_the_places) {
  stand_still();
  Clients clients = ask(kInHand, [&] { return join(); });
  BOOST_TEST(eventually([&] { return held() == kInHand; }));
  Http2Connection other(http2_port);
  const int stream = other.request("POST", "/token", kJson, user_body(new_uuid()));
  BOOST_TEST(eventually([&] { return other.statuses().contains(stream); }));
  BOOST_TEST(other.statuses().at(stream) == 503);
}

BOOST_AUTO_TEST_CASE(a_request_that_nginx_has_given_up_is_not_begun) {
  service.configure({{"workers", "1"}});
  service.concertd().stop();
  service.start_concertd();
  stand_still();
  constexpr int kGivenUp = 3;
  for (int i = 0; i < kGivenUp; ++i) {
    const std::string body = user_body(new_uuid());
    FastCgiConnection(service.listen_socket())
        .send({{"REQUEST_METHOD", "POST"},
               {"REQUEST_URI", "/token"},
               {"CONTENT_TYPE", "application/json"},
               {"CONTENT_LENGTH", std::to_string(body.size())}},
              body);
  }
  go_on();
  // The one worker takes them in order.
  BOOST_TEST(service.web().post("/token", "", user_body(new_uuid())).status == 201);
  BOOST_TEST(users() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
