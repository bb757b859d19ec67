// Each fault that an administrator may meet, under load: what clients see, the longest stall, how
// soon all is well again; and that nothing is lost. It prints the table of docs/operating.md.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "store/session/errors.h"
#include "support/clock.h"
#include "support/cutting_proxy.h"
#include "support/one_date.h"
#include "support/ops_load.h"
#include "support/ops_service.h"
#include "support/raw_connection.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct UnderLoad {
  using Act = std::function<void()>;

  explicit UnderLoad(const std::string& data_folder = "") : database({}, data_folder) {}

  // Injects a fault under load with `strike` and removes it with `heal` after `lasting`.
  void meet(const std::string& fault, std::chrono::milliseconds lasting, const Act& strike,
            const Act& heal) {
    for (int i = 0; i < 2; ++i) service.add_date(1000, 100);
    Load load({service.url(), service.concert(), 32, 42});
    run_cron_for(2s);
    const std::int64_t struck = now_ms();
    strike();
    run_cron_for(lasting);
    heal();
    const std::int64_t healed = now_ms();
    run_cron_for(5s);
    load.stop();
    std::string seen;
    for (const std::string& answer : load.answers().getMemberNames()) {
      if (answer[0] >= '4' || answer[0] == 'n' || answer[0] == 'c')
        seen += fmt::format("{}{} x {}", seen.empty() ? "" : ", ", load.answers()[answer].asInt(),
                            answer);
    }
    const std::int64_t last = load.last_failure_ms();
    const std::string recovery =
        last < struck ? "no failure"
                      : fmt::format("{} ms", std::max<std::int64_t>(0, last - healed));
    BOOST_TEST_MESSAGE("| " << fault << " | " << seen << " | " << load.longest_ms() << " ms | "
                            << recovery << " |");
    if (!may_refuse_connections) BOOST_TEST(load.surprises() == "");
    BOOST_TEST(load.payments() > 0);
    BOOST_TEST(last < healed + 4000, "failures went on after the fault");
    Session session = service.database();
    BOOST_TEST(load.missing_from(session) == "");
    const Outcome audit = service.ctl({"audit"});
    BOOST_TEST(audit.exit_code == 0, audit.out << audit.err);
  }
  void meet(const std::string& fault, const Act& strike) {
    meet(fault, 0ms, strike, [] {});
  }

  void run_cron_for(std::chrono::milliseconds time) {
    for (const auto end = Clock::now() + time; Clock::now() < end;
         std::this_thread::sleep_for(150ms))
      service.cron();
  }
  Session administrator() {
    return Session(DatabaseUrl::parse("mysql://root@/mysql?socket=" + database.socket()), nullptr);
  }

  bool may_refuse_connections = false;
  DatabaseServer database;
  Service service{{{"workers", "6"}, {"active_seconds", "5"}, {"hold_seconds", "5"}},
                  database.socket()};
};

// A file system in memory that can be filled to its last byte; wants root.
class SmallDisk {
 public:
  SmallDisk() { must({"mount", "-t", "tmpfs", "-o", "size=400m", "concert-test", folder()}); }
  ~SmallDisk() { run({"umount", "--lazy", folder()}); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& folder() const { return folder_.path(); }
  void fill() {
    run({"dd", "if=/dev/zero", "of=" + ballast_, "bs=1M"});  // ends with "no space left"
  }
  void free() { must({"rm", ballast_}); }

 private:
  static void must(const std::vector<std::string>& command) {
    const Outcome done = run(command);
    if (done.exit_code != 0) throw std::runtime_error(command.front() + ": " + done.err);
  }

  ScratchFolder folder_;
  std::string ballast_ = folder() + "/ballast";
};

struct OnASmallDisk : SmallDisk, UnderLoad {
  OnASmallDisk() : UnderLoad(SmallDisk::folder()) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fault_table_test, UnderLoad)

BOOST_AUTO_TEST_CASE(the_database_is_killed) {
  meet(
      "database killed, back after 3 s", 3s, [&] { database.kill(); }, [&] { database.start(); });
}

BOOST_AUTO_TEST_CASE(the_database_is_frozen) {
  meet(
      "database frozen for 10 s (SIGSTOP)", 10s, [&] { database.signal(SIGSTOP); },
      [&] { database.signal(SIGCONT); });
}

BOOST_AUTO_TEST_CASE(the_database_is_restarted) {
  meet("database restarted", [&] {
    database.signal(SIGTERM);
    database.kill();
    database.start();
  });
}

BOOST_AUTO_TEST_CASE(the_database_has_no_connection_left) {
  Session session = administrator();
  std::vector<std::unique_ptr<Session>> crowd;
  meet(
      "database out of connections for 5 s", 5s,
      [&] {
        session.run_text("SET GLOBAL max_connections = 10");
        std::vector<std::int64_t> ids;
        auto rows =
            session.query("SELECT id FROM information_schema.processlist WHERE user = 'ops'");
        while (rows.next()) ids.push_back(rows.number(1));
        for (const std::int64_t id : ids) session.run_text(fmt::format("KILL {}", id));
        // Other sessions take the workers' connections.
        for (int i = 0; i < 10; ++i) {
          crowd.push_back(std::make_unique<Session>(session.url(), nullptr));
          try {
            crowd.back()->query("SELECT 1");
          } catch (const DatabaseUnavailable&) {
            break;
          }
        }
      },
      [&] {
        session.run_text("SET GLOBAL max_connections = 151");
        crowd.clear();
      });
}

BOOST_AUTO_TEST_CASE(the_database_is_read_only) {
  Session session = administrator();
  session.run_text("REVOKE READ ONLY ADMIN ON *.* FROM ops@localhost");
  service.concertd().signal(SIGHUP);  // sessions of before keep what they may
  meet(
      "database read-only for 5 s", 5s, [&] { session.run_text("SET GLOBAL read_only = 1"); },
      [&] { session.run_text("SET GLOBAL read_only = 0"); });
}

BOOST_FIXTURE_TEST_CASE(the_database_has_no_disk_left, OnASmallDisk) {
  meet(
      "database's disk full for 10 s", 10s, [&] { fill(); },
      [&] {
        free();
        // MariaDB may end itself when a rollback finds no space; systemd would start it again.
        if (!database.running()) database.start();
      });
}

BOOST_AUTO_TEST_CASE(a_table_is_locked_by_an_administrator) {
  Session session = service.database();
  meet(
      "table `seat` locked for 10 s (LOCK TABLES)", 10s,
      [&] { session.run_text("LOCK TABLES seat WRITE"); },
      [&] { session.run_text("UNLOCK TABLES"); });
}

BOOST_AUTO_TEST_CASE(memcached_is_killed) {
  meet(
      "memcached killed, back after 5 s", 5s, [&] { service.memcached().kill(); },
      [&] { service.start_memcached(); });
}

BOOST_AUTO_TEST_CASE(memcached_is_frozen) {
  meet(
      "memcached frozen for 5 s (SIGSTOP)", 5s, [&] { service.memcached().signal(SIGSTOP); },
      [&] { service.memcached().signal(SIGCONT); });
}

BOOST_AUTO_TEST_CASE(memcached_is_flushed) {
  meet("memcached flushed",
       [&] { ask_memcached("flush_all", service.folder() + "/memcached.sock"); });
}

BOOST_AUTO_TEST_CASE(memcached_answers_late) {
  CuttingProxy proxy(service.folder() + "/memcached.sock");
  service.configure({{"memcached_servers", proxy.socket()}});
  service.concertd().signal(SIGHUP);
  meet(
      "memcached answers 100 ms late for 5 s", 5s, [&] { proxy.delay_answers(100); },
      [&] { proxy.delay_answers(0); });
  service.concertd().stop();
}

BOOST_AUTO_TEST_CASE(a_worker_is_killed) {
  meet("a worker killed", [&] { ::kill(service.workers().front(), SIGKILL); });
}

BOOST_AUTO_TEST_CASE(all_workers_are_killed) {
  meet("all workers killed at once", [&] {
    for (const pid_t worker : service.workers()) ::kill(worker, SIGKILL);
  });
}

BOOST_AUTO_TEST_CASE(the_master_is_killed) {
  meet("master killed, started again at once", [&] {
    const auto workers = service.workers();
    service.concertd().kill();
    // They finish what they have in hand before they give the socket up.
    BOOST_TEST(eventually([&] {
      return std::all_of(workers.begin(), workers.end(), [](pid_t pid) {
        return text_of(fmt::format("/proc/{}/cmdline", pid)).empty();  // ended, if not reaped yet
      });
    }));
    service.start_concertd();
  });
}

BOOST_AUTO_TEST_CASE(no_timer_runs) {
  meet("no concert-cron for 5 s", [&] { std::this_thread::sleep_for(5s); });
}

BOOST_AUTO_TEST_CASE(the_timer_is_killed_half_way) {
  meet("concert-cron killed half way, 100 times", [&] {
    for (int i = 0; i < 100; ++i) service.cron_killed_after(std::chrono::milliseconds(i % 13));
  });
}

BOOST_AUTO_TEST_CASE(the_timer_runs_twice_at_once) {
  meet("concert-cron run twice at once, 50 times", [&] {
    for (int i = 0; i < 50; ++i) service.two_crons();
  });
}

BOOST_AUTO_TEST_CASE(nginx_is_reloaded) {
  meet("nginx reloaded", [&] { service.nginx().signal(SIGHUP); });
}

BOOST_AUTO_TEST_CASE(nginx_is_restarted) {
  may_refuse_connections = true;
  meet("nginx restarted (stopped, then started)", [&] {
    service.nginx().signal(SIGQUIT);
    service.nginx().stop();
    service.nginx().start();
  });
}

BOOST_AUTO_TEST_CASE(the_clock_of_the_host_goes_wrong) {
  const std::string library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
  BOOST_TEST_REQUIRE(::access(library.c_str(), R_OK) == 0, "install the package faketime");
  meet(
      "clock of concertd an hour slow for 5 s", 5s,
      [&] {
        service.concertd().stop();
        service.start_concertd({{"LD_PRELOAD", library}, {"FAKETIME", "-1h"}});
      },
      [&] {
        service.concertd().stop();
        service.start_concertd();
      });
}

BOOST_AUTO_TEST_CASE(a_client_opens_2000_idle_connections) {
  const rlimit files{4096, 4096};
  BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  std::vector<std::unique_ptr<RawConnection>> idle;
  meet(
      "2,000 idle connections for 5 s", 5s,
      [&] {
        for (int i = 0; i < 2000; ++i)
          idle.push_back(std::make_unique<RawConnection>(service.port()));
      },
      [&] { idle.clear(); });
}

BOOST_AUTO_TEST_CASE(clients_send_a_byte_a_second) {
  std::vector<std::unique_ptr<RawConnection>> slow;
  std::unique_ptr<Background> drip;
  meet(
      "200 clients that send a byte a second, half of them of a body, 5 s", 5s,
      [&] {
        const std::string start = "POST /token HTTP/1.1\r\nHost: x\r\n";
        const std::string body = user_body(new_uuid());
        for (int i = 0; i < 200; ++i) {
          slow.push_back(std::make_unique<RawConnection>(service.port()));
          if (i % 2 == 1)
            slow.back()->send(fmt::format("{}Content-Length: {}\r\n\r\n", start, body.size()));
        }
        drip = std::make_unique<Background>([&slow, start, body](const std::atomic<bool>& stop) {
          for (std::size_t i = 0; i < start.size() && !stop; ++i) {
            for (std::size_t c = 0; c < slow.size(); ++c) {
              try {
                slow[c]->send((c % 2 == 1 ? body : start).substr(i, 1));
              } catch (const std::runtime_error&) {
                continue;  // nginx has closed it: its headers took too long
              }
            }
            std::this_thread::sleep_for(1s);
          }
          return "";
        });
      },
      [&] {
        drip.reset();
        slow.clear();
      });
}

BOOST_AUTO_TEST_CASE(clients_stop_half_way) {
  std::vector<std::unique_ptr<RawConnection>> slow;
  meet(
      "200 clients that stop half way through a request, 5 s", 5s,
      [&] {
        for (int i = 0; i < 200; ++i) {
          slow.push_back(std::make_unique<RawConnection>(service.port()));
          slow.back()->send("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{\"us");
        }
      },
      [&] { slow.clear(); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
