// The rate limits (nginx/snippets/rate-limit.conf), and whose address is believed.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/http2_connection.h"
#include "support/ops_service.h"
#include "support/process.h"
#include "support/raw_connection.h"
#include "support/sockets.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr const char* kLimitsOff = "# include snippets/concert-reservation/rate-limit.conf;";
constexpr const char* kLimitsOn = "include snippets/concert-reservation/rate-limit.conf;";

std::string limited_site() {
  std::string site = source_text("nginx/concert-reservation.conf");
  put_in_place(site, kLimitsOff, kLimitsOn);
  return site;
}

// Clients behind one address, each with an invented token. Each has sent the headers of a request
// and sends its body one byte at a time.
class Dripping {
 public:
  Dripping(const Service& service, const std::string& address, const std::string& start) {
    constexpr int kClients = 150;
    for (int i = 0; i < kClients; ++i) {
      clients_.push_back(std::make_unique<RawConnection>(service.port()));
      clients_.back()->send(
          fmt::format("{} HTTP/1.1\r\nHost: x\r\nX-Comes-From: {}\r\ntoken: a.{:043}\r\n"
                      "Content-Length: 9999\r\n\r\n",
                      start, address, i));
    }
  }
  // From each client that nginx has not refused.
  void send_a_byte() {
    const auto is_gone = [](const auto& client) {
      try {
        client->send(" ");
        return false;
      } catch (const std::runtime_error&) {
        return true;
      }
    };
    clients_.erase(std::remove_if(clients_.begin(), clients_.end(), is_gone), clients_.end());
  }

 private:
  std::vector<std::unique_ptr<RawConnection>> clients_;
};

// What was answered until a limit refused a request.
struct Until {
  int let_through = 0;
  Reply last;

  bool limited() const { return last.status == 429; }
};

struct Limited {
  Limited() { service.run_site(limited_site()); }

  static Reply get_from(Web& by, const std::string& address, const std::string& path,
                        const std::string& credential = "X-None: none") {
    return by.send("GET", path, {"X-Comes-From: " + address, credential});
  }
  static Reply join_from(Web& by, const std::string& address, const std::string& path = "/token") {
    return by.send("POST", path, {"X-Comes-From: " + address}, user_body(new_uuid()));
  }
  // A token that was asked for at an address of its own.
  std::string token_of_a_new_address() {
    const std::string address = fmt::format("198.51.{}.{}", joined / 250, joined % 250);
    ++joined;
    return join_from(web, address).json()["token"].asString();
  }

  // Asks over some connections as fast as it can, far beyond every burst and faster than any rate,
  // on a slow machine too.
  Until limited(const std::function<Reply(Web&, int)>& ask) const {
    constexpr int kConnections = 8;
    constexpr int kMost = 20000;
    Until until;
    std::mutex mutex;
    std::atomic<int> next = 0;
    std::atomic<bool> struck = false;
    std::vector<std::thread> connections;
    for (int c = 0; c < kConnections; ++c) {
      connections.emplace_back([&] {
        Web own = service.web();
        for (int i = 0; !struck && (i = next++) < kMost;) {
          const Reply reply = ask(own, i);
          const std::lock_guard lock(mutex);
          if (reply.status == 429) {
            struck = true;
            until.last = reply;
          } else {
            ++until.let_through;
          }
        }
      });
    }
    for (std::thread& connection : connections) connection.join();
    return until;
  }

  // Sends `count` requests at once, each over a connection of its own, and counts the answers by
  // status. The workers are frozen until nginx has refused or passed on every request.
  std::map<int, int> at_once(int count, const std::function<Reply(Web&, int)>& ask) {
    service.run_site(limited_site());  // a restarted nginx has no connection to be counted below
    const std::vector<pid_t> workers = service.workers();
    freeze(workers);
    std::map<int, int> statuses;
    std::mutex mutex;
    std::atomic<int> answered = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < count; ++i) {
      clients.emplace_back([&, i] {
        Web own = service.web();
        const Reply reply = ask(own, i);
        ++answered;
        const std::lock_guard lock(mutex);
        ++statuses[reply.status];
      });
    }
    BOOST_TEST(eventually([&] {
      return answered + occurrences(text_of("/proc/net/unix"), service.listen_socket()) > count;
    }));
    for (const pid_t worker : workers) ::kill(worker, SIGCONT);
    for (std::thread& client : clients) client.join();
    return statuses;
  }

  Service service{{{"active_limit", "2"}}};
  Web web = service.web();
  int joined = 0;
};

void expect_refusal(const Reply& reply, const std::string& limit) {
  BOOST_TEST(reply.status == 429);
  BOOST_TEST(reply.code() == "RATE_LIMITED", reply.body);
  for (const auto& [name, value] : {std::pair{"retry-after", std::string("1")},
                                    {"ratelimit-limit", limit},
                                    {"ratelimit-remaining", "0"},
                                    {"ratelimit-reset", "1"},
                                    {"x-content-type-options", "nosniff"}}) {
    BOOST_TEST(reply.count_of_header(name) == 1, name);
    BOOST_TEST(reply.header(name) == value, name);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rate_limit_test, Limited)

BOOST_AUTO_TEST_CASE(requests_of_one_address_are_limited) {
  const Until first = limited([&](Web& own, int) { return get_from(own, "192.0.2.1", "/queue"); });
  BOOST_TEST(first.let_through > 200);
  expect_refusal(first.last, "50");
  BOOST_TEST(get_from(web, "192.0.2.2", "/queue").status == 200);
}

BOOST_AUTO_TEST_CASE(joins_of_one_address_are_limited_by_themselves) {
  const Until first = limited([&](Web& own, int) { return join_from(own, "192.0.2.1"); });
  BOOST_TEST(first.let_through > 50);
  BOOST_TEST(first.let_through < 200);
  expect_refusal(first.last, "10");
  // Other paths of the same call count too; reading /queue does not count as a join.
  for (const char* path : {"/client/token", "/token/", "//client//token//"}) {
    const Until alias = limited([&](Web& own, int) { return join_from(own, "192.0.2.1", path); });
    BOOST_TEST(alias.limited(), path);
    BOOST_TEST(alias.let_through < 50, path);
  }
  BOOST_TEST(get_from(web, "192.0.2.1", "/queue").status == 200);
  BOOST_TEST(join_from(web, "192.0.2.2").status == 201);
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_counts_as_its_64_and_ipv4_written_as_ipv6_as_ipv4) {
  // Each line is one /64 or IPv4 address, in every form that nginx may write; no two are the same.
  using Forms = std::vector<std::string>;
  for (const Forms& forms :
       {Forms{"2001:db8:0:5:{0:x}:{0:x}:{0:x}:{0:x}"},                // a:b:c:d:
        Forms{"2001:db8:0:6::{:x}", "2001:db8:0:6:{:x}:1:1:1"},       // a:b:0:d:: and whole
        Forms{"2001:db8::{:x}", "2001:DB8:0:0:1:2:3:{:x}"},           // a:b:: and a:b::e:f:g:h
        Forms{"2001:db8:7::{:x}", "2001:db8:7:0:{:x}:1:1:1"},         // a:b:c:: and a:b:c:0:
        Forms{"2001::8:1:2:3:{:x}", "2001:0:0:8::{:x}"},              // a::d:e:f:g:h
        Forms{"2001::{:x}", "2001::1:2:3:{:x}"},                      // a::
        Forms{"::9:8:1:2:3:{:x}", "0:0:9:8::{:x}"},                   // ::c:d:e:f:g:h
        Forms{"::9:1:2:3:{:x}", "0:0:0:9::{:x}"},                     // ::d:e:f:g:h
        Forms{"::{:x}", "::1:2:3:{:x}", "::1.2.3.{}"},                // ::
        Forms{"192.0.2.77", "::ffff:192.0.2.77", "::ffff:c000:24d"},  // not the /64 of ::ffff:0:0
        Forms{"::ffff:192.0.2.78", "::ffff:c000:24e"},
        // Translated IPv4: each by itself. The prefix of another length is one /64.
        Forms{"64:ff9b::192.0.2.79", "64:ff9b::c000:24f"}, Forms{"64:ff9b::c000:250"},
        Forms{"64:ff9b:1::{:x}"}}) {
    const Until until = limited([&](Web& own, int i) {
      const auto which = static_cast<std::size_t>(i);
      return get_from(own, fmt::format(fmt::runtime(forms[which % forms.size()]), i % 250 + 2),
                      "/queue");
    });
    BOOST_TEST(until.limited(), forms.front());
    BOOST_TEST(until.let_through > 200, forms.front());
    BOOST_TEST(until.let_through < 400, forms.front());
  }
  const Until joins = limited(
      [&](Web& own, int i) { return join_from(own, fmt::format("2001:db8:1:1::{:x}", i + 1)); });
  BOOST_TEST(joins.limited());
  BOOST_TEST(joins.let_through < 200);
}

BOOST_AUTO_TEST_CASE(requests_with_one_token_are_limited_from_any_address_and_in_any_header) {
  const std::string token = token_of_a_new_address();
  const auto address = [](int i) { return fmt::format("192.0.{}.{}", 2 + i / 250 % 250, i % 250); };
  for (const auto& [path, form] : {std::pair{"/concerts", "token: "},
                                   {"/concerts", "Authorization: Bearer "},
                                   {"/concerts", "Authorization: bearer \t  "},
                                   {"/token/refresh", "token: "}}) {
    const Until until = limited([&, path = path, form = form](Web& own, int i) {
      return get_from(own, address(i), path, form + token);
    });
    expect_refusal(until.last, "10");
    BOOST_TEST(until.let_through < 200);
  }
  BOOST_TEST(get_from(web, address(1), "/concerts", "token: " + token_of_a_new_address()).status ==
             200);
}

BOOST_AUTO_TEST_CASE(many_users_may_poll_from_one_address_without_being_limited) {
  constexpr int kUsers = 250;
  constexpr int kRounds = 3;
  std::vector<std::string> tokens;
  for (int i = 0; i < kUsers; ++i) tokens.push_back(token_of_a_new_address());
  int answered = 0;
  for (int i = 0; i < kUsers * kRounds; ++i) {
    std::string& token = tokens[static_cast<std::size_t>(i % kUsers)];
    const Reply reply = get_from(web, "192.0.2.1", "/token/refresh", "token: " + token);
    answered += reply.status == 200 ? 1 : 0;
    token = reply.json()["token"].asString();
  }
  BOOST_TEST(answered == kUsers * kRounds);
  // Nor when all are in hand at once, although nginx refuses some of as many other requests.
  const auto in_hand = [&](const std::string& path) {
    return at_once(kUsers, [&, path](Web& own, int i) {
      return get_from(
          own, "192.0.2.3", path,
          path == "/queue" ? "X-None: none" : "token: " + tokens[static_cast<std::size_t>(i)]);
    });
  };
  BOOST_TEST(in_hand("/token/refresh")[200] == kUsers);
  BOOST_TEST(in_hand("/queue")[503] > 0);
  // The polls did not count; any other request of theirs does, and so does a poll without a token.
  for (const auto& [path, address] : {std::pair{"/concerts", "192.0.2.1"},
                                      {"/token/refresh", "192.0.2.2"},
                                      {"/token/refresh%20x", "192.0.2.4"}}) {
    const bool has_token = std::string(path) == "/concerts";
    const Until other = limited([&, path = path, address = address](Web& own, int i) {
      return get_from(
          own, address, path,
          has_token ? "token: " + tokens[static_cast<std::size_t>(i % kUsers)] : "token: none");
    });
    BOOST_TEST(other.limited(), path);
    BOOST_TEST(other.let_through > 200);
  }
}

BOOST_AUTO_TEST_CASE(one_address_that_drips_bodies_does_not_keep_others_from_being_served) {
  constexpr int kInHand = 120;  // of which one address may have 100
  for (const char* start : {"POST /reservation", "GET /token/refresh"}) {
    // Whether nginx comes to refuse clients of that address.
    const auto is_turned_away = [&](Dripping& slow, const std::string& address) {
      return eventually([&] {
        slow.send_a_byte();
        return get_from(web, address, "/queue").status == 503;
      });
    };
    service.run_site(with_in_hand(limited_site(), kInHand));
    {
      Dripping slow(service, "192.0.2.1", start);
      BOOST_TEST(is_turned_away(slow, "192.0.2.1"), start);
      slow.send_a_byte();
      for (const char* path : {"/queue", "/token/refresh"}) {
        const Reply reply = get_from(web, "192.0.2.2", path);
        BOOST_TEST(reply.status == (std::string(path) == "/queue" ? 200 : 401), start);
      }
      BOOST_TEST(join_from(web, "192.0.2.2").status == 201, start);
    }
    // The limit per address is what protects the others: without it they are refused.
    service.run_site(with_in_hand(source_text("nginx/concert-reservation.conf"), kInHand));
    Dripping slow(service, "192.0.2.1", start);
    BOOST_TEST(is_turned_away(slow, "192.0.2.2"), start);
  }
}

// In HTTP/2 a request need not state its body's length; nginx then takes a poll to have no body.
// One client is one /64.
BOOST_AUTO_TEST_CASE(one_address_that_never_ends_its_polls_does_not_keep_others_from_being_served) {
  constexpr int kMostOfOneAddress = 50;  // in place of 1000, which a slow machine may not reach
  constexpr int kInHand = kMostOfOneAddress + 10;
  std::string limits = source_text("nginx/snippets/rate-limit.conf");
  put_in_place(limits, "concert_address_polls_too 1000;",
               fmt::format("concert_address_polls_too {};", kMostOfOneAddress));
  std::string site = with_in_hand(limited_site(), kInHand);
  put_in_place(site, kLimitsOn, limits);
  const int port = add_http2(site);
  service.run_site(site);
  std::vector<std::unique_ptr<Http2Connection>> clients;
  int refused = 0;
  for (int i = 0; i < kInHand + 10; ++i) {
    if (i % 10 == 0) clients.push_back(std::make_unique<Http2Connection>(port));
    clients.back()->begin("GET", "/token/refresh",
                          {{"x-comes-from", fmt::format("2001:db8:1:1::{:x}", i + 1)},
                           {"token", fmt::format("a.{:043}", i)}});
  }
  BOOST_TEST(eventually([&] {
    refused = 0;
    for (const auto& client : clients) {
      for (const auto& [stream, status] : client->statuses()) refused += status == 503 ? 1 : 0;
    }
    return refused >= kInHand + 10 - kMostOfOneAddress;
  }));
  BOOST_TEST(get_from(web, "2001:db8:1:2::1", "/queue").status == 200);
  BOOST_TEST(get_from(web, "2001:db8:1:1::ffff", "/queue").status == 503);
}

// In HTTP/2 a client can keep nginx from sending a body: the request stays in hand, though concertd
// has answered it.
BOOST_AUTO_TEST_CASE(one_address_that_reads_no_answer_does_not_keep_others_from_being_served) {
  constexpr int kInHand = 120;  // of which one address may have 100
  const auto http2_port = [&](std::string site) {
    const int port = add_http2(site);
    service.run_site(with_in_hand(std::move(site), kInHand));
    return port;
  };
  using Clients = std::vector<std::unique_ptr<Http2Connection>>;
  const auto ask_and_read_nothing = [](int port, Clients& clients) {
    clients.push_back(std::make_unique<Http2Connection>(port, Http2Connection::Bodies::unread));
    for (int i = 0; i < 10; ++i)
      clients.back()->request("GET", "/queue", {{"x-comes-from", "192.0.2.1"}});
  };
  // Whether nginx comes to refuse clients of that address.
  const auto is_turned_away = [&](int port, Clients& clients, const std::string& address) {
    return eventually([&] {
      ask_and_read_nothing(port, clients);
      return get_from(web, address, "/queue").status == 503;
    });
  };
  {
    Clients clients;
    BOOST_TEST(is_turned_away(http2_port(limited_site()), clients, "192.0.2.1"));
    BOOST_TEST(get_from(web, "192.0.2.2", "/queue").status == 200);
  }
  // The limit per address is what protects the others: without it they are refused.
  Clients clients;
  const int port = http2_port(source_text("nginx/concert-reservation.conf"));
  BOOST_TEST(is_turned_away(port, clients, "192.0.2.2"));
}

BOOST_AUTO_TEST_CASE(the_policy_is_on_every_answer_and_the_remaining_quota_only_on_refusals) {
  for (const char* path : {"/queue", "/nowhere", "/concerts"}) {
    const Reply reply = get_from(web, "192.0.2.1", path);
    BOOST_TEST(reply.header("ratelimit-policy") ==
               R"("join";q=10;w=1, "token";q=10;w=1, "address";q=50;w=1, "search";q=5;w=1)");
    BOOST_TEST(reply.count_of_header("ratelimit-policy") == 1);
    for (const char* name : {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}) {
      BOOST_TEST(reply.count_of_header(name) == 0, name);
    }
  }
  service.run_site(source_text("nginx/concert-reservation.conf"));
  BOOST_TEST(web.get("/queue").count_of_header("ratelimit-policy") == 0);
}

BOOST_AUTO_TEST_CASE(an_address_that_a_client_invents_is_not_believed) {
  const Until until = limited([&](Web& own, int i) {
    return own.send("GET", "/queue", {fmt::format("X-Forwarded-For: 203.0.113.{}", i % 250)});
  });
  BOOST_TEST(until.limited());
  BOOST_TEST(web.send("GET", "/livez", {"X-Forwarded-For: 203.0.113.1"}).status != 404);
}

BOOST_AUTO_TEST_CASE(clients_behind_a_trusted_proxy_are_counted_one_by_one) {
  std::string proxies = source_text("nginx/snippets/trusted-proxies.conf");
  put_in_place(proxies, "# set_real_ip_from  192.0.2.0/24;", "set_real_ip_from 127.0.0.1;");
  put_in_place(proxies, "# real_ip_header    X-Forwarded-For;", "real_ip_header X-Forwarded-For;");
  put_in_place(proxies, "# real_ip_recursive on;", "real_ip_recursive on;");
  std::string site = limited_site();
  put_in_place(site, "include snippets/concert-reservation/trusted-proxies.conf;", proxies);
  service.run_site(site);
  const auto get_via = [](Web& from, const std::string& forwarded, const char* path = "/queue") {
    return from.send("GET", path, {"X-Forwarded-For: " + forwarded});
  };
  BOOST_TEST(limited([&](Web& own, int) { return get_via(own, "203.0.113.1"); }).let_through > 200);
  BOOST_TEST(get_via(web, "203.0.113.2").status == 200);
  // What a client wrote there itself stands left of what the proxy added.
  const Until spoofing = limited([&](Web& own, int i) {
    return get_via(own, fmt::format("203.0.113.{}, 203.0.113.1", i % 250));
  });
  BOOST_TEST(spoofing.let_through < 200);
  BOOST_TEST(get_via(web, "203.0.113.3", "/metrics").status == 404);
  BOOST_TEST(get_via(web, "127.0.0.1, 203.0.113.3", "/metrics").status == 404);
  BOOST_TEST(web.get("/metrics").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
