// Connections that send half of a request's head: no limit of nginx counts them.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "support/ops_service.h"
#include "support/raw_connection.h"
#include "support/stack.h"

namespace concert::test {
namespace {

constexpr const char* kHalf = "GET /queue HTTP/1.1\r\nHost: x\r\nX-";

int number_behind(const std::string& text, const std::string& word) {
  const auto at = text.find(word);
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + word.size());
}

struct HalfSent {
  // The site, with another value of a time of limits.conf.
  static std::string site_with(const std::string& from, const std::string& to) {
    std::string limits = source_text("nginx/snippets/limits.conf");
    put_in_place(limits, from, to);
    std::string site = source_text("nginx/concert-reservation.conf");
    put_in_place(site, "include snippets/concert-reservation/limits.conf;", limits);
    return site;
  }
  void run_with_one_worker(const std::string& site) {
    std::string conf = text_of(service.folder() + "/nginx/nginx.conf");
    std::string settings = source_text("nginx/main-settings.conf");
    put_in_place(settings, "worker_processes auto;", "worker_processes 1;");
    put_in_place(conf, "include " CONCERT_SOURCE_DIR "/nginx/main-settings.conf;", settings);
    write_text(service.folder() + "/nginx/nginx.conf", conf);
    service.run_site(site);
  }

  Service service;
  Web web = service.web();
};

void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(half_sent_test, HalfSent)

// More of them than a worker had places for in an earlier release.
BOOST_AUTO_TEST_CASE(thousands_from_one_address_keep_no_other_client_from_the_only_worker) {
  constexpr int kConnections = 10'400;
  allow_many_files();
  run_with_one_worker(site_with("client_header_timeout     5s;", "client_header_timeout 300s;"));
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (int i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<RawConnection>(service.port()));
    clients.back()->send(kHalf);
  }
  BOOST_TEST(web.get("/queue").status == 200);
  int ended = 0;
  for (const auto& client : clients) {
    client->received();
    ended += client->has_ended() ? 1 : 0;
  }
  BOOST_TEST(ended == 0);
}

BOOST_AUTO_TEST_CASE(
    a_worker_of_nginx_has_connections_for_all_ports_of_an_address_beside_those_in_hand) {
  constexpr int kPorts = 65'536 - 1'024;
  const std::string settings = source_text("nginx/main-settings.conf");
  const int in_hand = number_behind(source_text("nginx/snippets/limits.conf"),
                                    "limit_conn        concert_in_hand ");
  BOOST_TEST(in_hand > 0);
  const int places = number_behind(settings, "worker_connections ");
  BOOST_TEST(places >= kPorts + 2 * in_hand);
  BOOST_TEST(number_behind(settings, "worker_rlimit_nofile ") >= places + 1'000);
}

// By the order in which they end, so that it takes no clock: a body may rest for 7 s here.
BOOST_AUTO_TEST_CASE(a_head_has_less_than_7_s_however_it_drips) {
  service.run_site(site_with("client_body_timeout       5s;", "client_body_timeout 7s;"));
  RawConnection head(service.port());
  head.send(kHalf);
  RawConnection body(service.port());
  body.send("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
  const auto has_ended = [](RawConnection& connection) {
    connection.received();
    return connection.has_ended();
  };
  BOOST_TEST(eventually([&] {
    try {
      head.send("a");
    } catch (const std::runtime_error&) {
      return true;
    }
    return has_ended(head);
  }));
  BOOST_TEST(!has_ended(body));
  BOOST_TEST(eventually([&] { return has_ended(body); }));
}

// See firewall.py, which tries the shipped rules between two network namespaces.
BOOST_AUTO_TEST_CASE(the_firewall_bounds_the_connections_of_an_address_or_a_64) {
  std::string rules = source_text("nginx/firewall.nft");
  put_in_place(rules, "over 1000", "over 3");
  put_in_place(rules, "# elements = { 192.0.2.10, 198.51.100.0/24 }", "elements = { 192.0.2.9 }");
  const std::string file = service.folder() + "/firewall.nft";
  write_text(file, rules);
  std::vector<std::string> command{"unshare", "--net", CONCERT_SOURCE_DIR "/tests/ops/firewall.py",
                                   file};
  if (::geteuid() != 0) command.insert(command.begin() + 1, {"--user", "--map-root-user"});
  const Outcome outcome = run(command);
  BOOST_TEST(outcome.exit_code == 0, outcome.out << outcome.err);
  // As they are shipped, too.
  command = {"unshare", "--net", "nft", "-c", "-f", CONCERT_SOURCE_DIR "/nginx/firewall.nft"};
  if (::geteuid() != 0) command.insert(command.begin() + 1, {"--user", "--map-root-user"});
  const Outcome checked = run(command);
  BOOST_TEST(checked.exit_code == 0, checked.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
