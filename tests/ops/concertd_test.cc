// concertd as systemd, nginx and an administrator meet it: its socket, its signals, its workers.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>
#include <tuple>
#include <vector>

#include "support/fastcgi.h"
#include "support/ops_background.h"
#include "support/ops_service.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using namespace std::chrono_literals;

// A unix socket of the test's own, bound to `path`.
class UnixSocket {
 public:
  UnixSocket(int type, const std::string& path) : fd_(::socket(AF_UNIX, type, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ::unlink(path.c_str());
    BOOST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    if (type == SOCK_STREAM) BOOST_REQUIRE(::listen(fd_, 4096) == 0);
    const timeval timeout{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  }
  ~UnixSocket() { ::close(fd_); }
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  int fd() const { return fd_; }
  std::string receive() const {
    char text[1024];
    const auto got = ::recv(fd_, text, sizeof text, 0);
    return got < 0 ? "nothing came" : std::string(text, static_cast<std::size_t>(got));
  }

 private:
  int fd_;
};

struct Running {
  ~Running() { BOOST_TEST(service.faults_of_logs(secrets) == ""); }

  bool logged(const std::string& text) const {
    return service.log().find(text) != std::string::npos;
  }
  bool reload() { return service.reload(); }
  bool has_workers(std::size_t count) {
    return eventually([&] { return service.workers().size() == count; });
  }

  Service service;
  std::vector<std::string> secrets;
};

// A charge that waits in a worker's hands for a lock that the test holds.
class SlowCharge {
 public:
  explicit SlowCharge(Running& running)
      : session_(running.service.database()), web_(running.service.web()) {
    const std::string user = new_uuid();
    const std::string token = running.service.new_token(web_, user);
    running.secrets.push_back(token);
    std::string id = user;
    id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
    session_.begin();
    auto rows =
        session_.query("SELECT balance FROM user WHERE user_id = UNHEX(?) FOR UPDATE", {id});
    BOOST_REQUIRE(rows.next());
    thread_ = std::thread([this, user, token] {
      reply_ =
          web_.send("PATCH", "/user/" + user + "/charge", {"token: " + token}, R"({"amount": 5})");
    });
    BOOST_TEST(waits_for_the_lock(running.service.database()));
  }
  ~SlowCharge() {
    if (thread_.joinable()) release();
  }
  // Releases the lock; returns the answer to the request.
  Reply release() {
    session_.rollback();
    thread_.join();
    return reply_;
  }

 private:
  static bool waits_for_the_lock(Session watch) {
    for (int i = 0; i < 50; ++i) {
      // The server refreshes this table only where nobody has read it for 100 ms.
      wait_for(200ms);
      auto waiting = watch.query(
          "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
      if (waiting.next() && waiting.number(1) > 0) return true;
    }
    return false;
  }

  Session session_;
  Web web_;
  Reply reply_;
  std::thread thread_;
};

int sum(const std::map<int, int>& counts) {
  int total = 0;
  for (const auto& [status, count] : counts) total += count;
  return total;
}

std::string shown(const std::map<int, int>& counts) {
  std::string text;
  for (const auto& [status, count] : counts) text += fmt::format("{} x {}; ", count, status);
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(concertd_test, Running)

BOOST_AUTO_TEST_CASE(it_opens_a_socket_with_a_backlog_of_4096) {
  const Outcome sockets = run({"ss", "-xlH", "src", service.listen_socket()});
  BOOST_TEST(sockets.out.find(" 4096 ") != std::string::npos, sockets.out);
  BOOST_TEST(service.concertd().stop() == 0);
  BOOST_TEST(!std::filesystem::exists(service.listen_socket()));
}

BOOST_AUTO_TEST_CASE(a_second_one_on_the_same_socket_refuses_to_start) {
  const Outcome second = run({program("concertd"), "--config", service.conf()});
  BOOST_TEST(second.exit_code == 1);
  BOOST_TEST(second.err.find("another concertd listens at " + service.listen_socket()) !=
                 std::string::npos,
             second.err);
  BOOST_TEST(service.is_ready());
}

BOOST_AUTO_TEST_CASE(a_file_at_the_path_of_its_socket_is_a_mistake_in_the_configuration) {
  service.concertd().stop();
  write_text(service.listen_socket(), "precious");
  BOOST_TEST(run({program("concertd"), "--config", service.conf()}).exit_code == 78);
  BOOST_TEST(text_of(service.listen_socket()) == "precious");
}

BOOST_AUTO_TEST_CASE(a_socket_that_a_dead_one_left_is_replaced) {
  const std::vector<pid_t> left = service.workers();
  service.concertd().kill();
  // Workers do not outlive their master.
  BOOST_TEST(eventually([&] {
    return std::none_of(left.begin(), left.end(), [](pid_t pid) { return ::kill(pid, 0) == 0; });
  }));
  BOOST_TEST(std::filesystem::exists(service.listen_socket()));
  service.start_concertd();
  BOOST_TEST(service.is_ready());
}

BOOST_AUTO_TEST_CASE(workers_under_load_do_not_outlive_their_master) {
  for (int round = 0; round < 5; ++round) {
    const std::vector<pid_t> left = service.workers();
    Hammer hammer(service.url(), "/queue", 8);
    wait_for(200ms);
    service.concertd().kill();
    BOOST_TEST(eventually([&] {
      return std::none_of(left.begin(), left.end(), [](pid_t pid) { return ::kill(pid, 0) == 0; });
    }));
    hammer.stop();
    service.start_concertd();
  }
}

BOOST_AUTO_TEST_CASE(it_takes_the_socket_that_systemd_hands_it) {
  service.concertd().stop();
  const UnixSocket handed(SOCK_STREAM, service.listen_socket());
  service.configure({{"listen_socket", "/nowhere/concertd.sock"}});
  const std::string script =
      "exec 3<&\"$1\"; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$2\" --config \"$3\"";
  Daemon concertd({"bash", "-c", script, "start", std::to_string(handed.fd()), program("concertd"),
                   service.conf()},
                  service.folder() + "/concertd.log");
  concertd.start();
  BOOST_TEST(eventually([&] { return service.is_ready(); }), service.log());
  BOOST_TEST(eventually([&] { return children_of(concertd.pid()).size() == 4U; }));
  BOOST_TEST(concertd.stop() == 0);
  // It belongs to systemd: the next one gets it again.
  BOOST_TEST(std::filesystem::exists(service.listen_socket()));
}

BOOST_AUTO_TEST_CASE(it_notifies_systemd_of_its_state) {
  service.concertd().stop();
  const UnixSocket notified(SOCK_DGRAM, service.folder() + "/notify.sock");
  service.start_concertd({{"NOTIFY_SOCKET", service.folder() + "/notify.sock"}});
  BOOST_TEST(notified.receive() == "READY=1");
  service.concertd().signal(SIGHUP);
  BOOST_TEST(notified.receive().find("RELOADING=1") != std::string::npos);
  BOOST_TEST(notified.receive() == "READY=1");
  service.concertd().signal(SIGTERM);
  BOOST_TEST(notified.receive() == "STOPPING=1");
  BOOST_TEST(service.concertd().wait() == 0);
}

BOOST_AUTO_TEST_CASE(every_worker_connects_to_the_database_before_its_first_request) {
  Session watch = service.database();
  const auto are_connected = [&] {
    auto rows = watch.query(
        "SELECT COUNT(*) FROM information_schema.processlist "
        "WHERE db = DATABASE() AND id <> CONNECTION_ID()");
    return rows.next() && rows.number(1) == static_cast<std::int64_t>(service.workers().size());
  };
  BOOST_TEST(eventually(are_connected));
  BOOST_TEST(service.reload());
  BOOST_TEST(eventually(are_connected));
}

BOOST_AUTO_TEST_CASE(a_killed_worker_is_replaced_and_loses_one_request_at_most) {
  constexpr int kKills = 20;
  Hammer hammer(service.url(), "/queue", 8);
  for (int i = 0; i < kKills; ++i) {
    const std::vector<pid_t> before = service.workers();
    ::kill(before[static_cast<std::size_t>(i) % before.size()], SIGKILL);
    BOOST_TEST(eventually([&] {
      const std::vector<pid_t> now = service.workers();
      return now.size() == 4 && now != before;
    }));
    wait_for(50ms);
  }
  const auto counts = hammer.stop();
  BOOST_TEST_MESSAGE(shown(counts));
  const int lost = sum(counts) - (counts.count(200) != 0 ? counts.at(200) : 0);
  BOOST_TEST(lost <= kKills, shown(counts));
  BOOST_TEST(lost == (counts.count(502) != 0 ? counts.at(502) : 0), shown(counts));
  BOOST_TEST(occurrences(service.log(), "was ended by signal 9") == kKills);
  const std::string metrics = service.web().get("/metrics").body;
  BOOST_TEST(metrics.find(fmt::format("concert_worker_deaths_total {}\n", kKills)) !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(workers_that_keep_dying_are_replaced_after_a_growing_pause) {
  const auto kill_all = [&] {
    for (const pid_t pid : service.workers()) ::kill(pid, SIGKILL);
  };
  BOOST_TEST(eventually([&] {
    kill_all();
    return logged("the next starts in 800 ms");
  }));
  BOOST_TEST(logged("the next starts in 200 ms"));
  BOOST_TEST(logged("the next starts in 400 ms"));
  // Once nothing kills them any more, all is as before.
  BOOST_TEST(has_workers(4));
  BOOST_TEST(service.is_ready());
}

BOOST_AUTO_TEST_CASE(on_sigterm_a_request_in_hand_is_finished) {
  for (const int signal : {SIGTERM, SIGINT}) {
    SlowCharge charge(*this);
    service.concertd().signal(signal);
    service.concertd().signal(signal);
    BOOST_TEST(has_workers(1));
    BOOST_TEST(service.concertd().running());
    BOOST_TEST(charge.release().status == 200);
    BOOST_TEST(service.concertd().wait() == 0);
    BOOST_TEST(logged("stopped."));
    service.start_concertd();
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_accepted_is_served_though_the_end_was_asked_for) {
  for (const int signal : {SIGHUP, SIGTERM}) {
    const FastCgiConnection connection(service.listen_socket());
    wait_for(100ms);
    service.concertd().signal(signal);
    wait_for(100ms);
    BOOST_TEST(connection.ask().find("Status: 200") != std::string::npos);
  }
  BOOST_TEST(service.concertd().wait() == 0);
}

// nginx lets neither through; a client that speaks FastCGI itself does.
BOOST_AUTO_TEST_CASE(a_body_that_is_not_read_is_answered_like_any_other_request) {
  const auto post = [&](const std::string& length) {
    return FastCgiConnection(service.listen_socket())
        .ask({{"REQUEST_METHOD", "POST"},
              {"REQUEST_URI", "/token"},
              {"REQUEST_ID", "mine-" + length},
              {"CONTENT_LENGTH", length}},
             "{}");
  };
  for (const auto& [length, status, code] :
       {std::tuple{"16385", "413", "BODY_TOO_LARGE"}, {"3", "400", "MALFORMED_JSON"}}) {
    const std::string answer = post(length);
    BOOST_TEST(answer.find(fmt::format("Status: {} ", status)) != std::string::npos, answer);
    BOOST_TEST(answer.find(fmt::format("\"{}\"", code)) != std::string::npos, answer);
    BOOST_TEST(answer.find(fmt::format("X-Request-Id: mine-{}\r", length)) != std::string::npos);
    BOOST_TEST(service.web()
                   .get("/metrics")
                   .body.find(fmt::format(
                       "concert_requests_total{{route=\"POST /token\",status=\"{}\"}} 1",
                       status)) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_start_warns_of_points_for_the_asking_and_of_vouchers_without_a_key) {
  const std::string open = "`charging` is open";
  const std::string keyless = "there is no key of the payment service";
  BOOST_TEST(logged(open));
  BOOST_TEST(!logged(keyless));
  const auto warnings_with = [&](const Service::Keys& keys) {
    const auto before = service.log().size();
    service.configure(keys);
    service.concertd().stop();
    service.start_concertd();
    const std::string log = service.log().substr(before);
    return occurrences(log, open) + 10 * occurrences(log, keyless);
  };
  BOOST_TEST(warnings_with({}) == 1);
  BOOST_TEST(warnings_with({{"open_is_meant", "charging"}}) == 0);
  BOOST_TEST(warnings_with({{"charging", "off"}}) == 0);
  BOOST_TEST(warnings_with({{"charging", "voucher"}, {"open_is_meant", "charging"}}) == 10);
}

BOOST_AUTO_TEST_CASE(on_sighup_a_request_in_hand_is_finished) {
  SlowCharge charge(*this);
  service.concertd().signal(SIGHUP);
  wait_for(500ms);
  BOOST_TEST(charge.release().status == 200);
  BOOST_TEST(eventually([&] { return logged("every worker has been replaced"); }));
}

BOOST_AUTO_TEST_CASE(on_sighup_workers_are_replaced_and_no_request_is_lost) {
  Hammer hammer(service.url(), "/queue", 16);
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(reload());
    wait_for(50ms);
  }
  const auto counts = hammer.stop();
  BOOST_TEST_MESSAGE(shown(counts));
  BOOST_TEST(counts.size() == 1U, shown(counts));
  BOOST_TEST(counts.count(200) == 1U, shown(counts));
}

BOOST_AUTO_TEST_CASE(on_sighup_the_new_configuration_is_used) {
  for (const std::size_t workers : {6U, 2U, 4U}) {
    const auto before = service.workers();
    service.configure({{"workers", std::to_string(workers)}});
    service.concertd().signal(SIGHUP);
    BOOST_TEST(eventually([&] {
      const auto now = service.workers();
      std::vector<pid_t> both;
      std::set_intersection(now.begin(), now.end(), before.begin(), before.end(),
                            std::back_inserter(both));
      return now.size() == workers && both.empty();
    }));
  }
  service.configure({{"active_limit", "1"}});
  BOOST_TEST(reload());
  Web web = service.web();
  secrets.push_back(service.new_token(web, new_uuid()));
  BOOST_TEST(web.post("/token", "", user_body(new_uuid())).json()["status"] == "WAITING");
}

BOOST_AUTO_TEST_CASE(on_sighup_with_a_broken_configuration_the_old_one_stays) {
  Hammer hammer(service.url(), "/queue", 4);
  BOOST_TEST(has_workers(4));
  const std::vector<pid_t> before = service.workers();
  service.configure({{"workers", "many"}});
  BOOST_TEST(service.refuses_reload());
  BOOST_TEST(logged("`workers`"));
  std::filesystem::remove(service.conf());
  BOOST_TEST(service.refuses_reload());
  service.configure({{"identity", "jwt"},
                     {"identity_key_file", service.folder() + "/token.key"},
                     {"memcached_servers", "host:port"}});
  BOOST_TEST(service.refuses_reload());
  const auto counts = hammer.stop();
  BOOST_TEST(counts.size() == 1U, shown(counts));
  BOOST_TEST(service.workers() == before, boost::test_tools::per_element());
  BOOST_TEST(!logged("has been replaced"));
  Web web = service.web();
  secrets.push_back(service.new_token(web, new_uuid()));
  BOOST_TEST(secrets.back() != "");
}

BOOST_AUTO_TEST_CASE(a_worker_retires_after_its_requests_and_none_is_lost) {
  service.configure({{"worker_requests", "20"}});
  BOOST_TEST(reload());
  Hammer hammer(service.url(), "/queue", 8);
  wait_for(1500ms);
  const auto counts = hammer.stop();
  BOOST_TEST(counts.size() == 1U, shown(counts));
  const std::string metrics = service.web().get("/metrics").body;
  const std::string name = "\nconcert_worker_starts_total ";
  const int starts = std::stoi(metrics.substr(metrics.find(name) + name.size()));
  BOOST_TEST_MESSAGE(shown(counts) << starts << " workers started");
  // A worker serves its last round to the end.
  BOOST_TEST(starts >= sum(counts) / 40);
  BOOST_TEST(metrics.find("concert_worker_deaths_total 0\n") != std::string::npos);
  BOOST_TEST(has_workers(4));
}

BOOST_AUTO_TEST_CASE(a_restart_under_load_answers_every_request_that_it_took) {
  // The socket stays, as it does under systemd: what comes meanwhile waits in its backlog.
  service.concertd().stop();
  const UnixSocket handed(SOCK_STREAM, service.listen_socket());
  const std::string script =
      "exec 3<&\"$1\"; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$2\" --config \"$3\"";
  Daemon concertd({"bash", "-c", script, "start", std::to_string(handed.fd()), program("concertd"),
                   service.conf()},
                  service.folder() + "/concertd.log");
  concertd.start();
  BOOST_TEST(eventually([&] { return service.is_ready(); }));
  Hammer hammer(service.url(), "/queue", 8);
  for (int i = 0; i < 3; ++i) {
    wait_for(200ms);
    BOOST_TEST(concertd.stop() == 0);
    concertd.start();
    BOOST_TEST(eventually([&] { return service.is_ready(); }));
  }
  wait_for(300ms);
  const auto counts = hammer.stop();
  BOOST_TEST(counts.size() == 1U, shown(counts));
  BOOST_TEST(counts.count(200) == 1U, shown(counts));
}

BOOST_AUTO_TEST_CASE(no_log_shows_a_token_a_key_or_a_password) {
  Web web = service.web();
  const std::int64_t date = service.add_date(5, 100);
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  secrets.insert(secrets.end(), {token, "an-idempotency-key-of-the-test"});
  web.send("PATCH", "/user/" + user + "/charge",
           {"Authorization: Bearer " + token, "Idempotency-Key: an-idempotency-key-of-the-test"},
           R"({"amount": 5})");
  web.get("/concerts?token=" + token, token);
  web.get("/nowhere/" + std::to_string(date) + "?" + token, token);
  web.get("/concerts", token + "x");
  // And while it complains the most.
  service.spoil("ledger_entry");
  BOOST_TEST(web.get("/client/" + user + "/ledger", token).code() == "INTERNAL_ERROR");
  service.mend("ledger_entry");
  wait_for(1100ms);
  BOOST_TEST(service.log().find("answered 500") != std::string::npos);
  BOOST_TEST(text_of(service.folder() + "/access-concert-reservation.log").find("/charge") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
