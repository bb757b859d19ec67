// The developer's runner: what it starts, what it leaves, and what it does when something dies.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "support/ops_service.h"
#include "support/sockets.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* kServers[] = {"mariadb", "memcached", "concertd", "nginx"};

// A state folder of its own, taken down at the end.
struct Runner {
  ~Runner() {
    dev({"down"});
    BOOST_TEST(left_behind() == "");
  }

  Outcome dev(std::vector<std::string> words) const {
    words.insert(words.begin(), CONCERT_SOURCE_DIR "/dev");
    return test::run(words, environment);
  }

  // Every process that uses the state folder, by its command or its output.
  std::string left_behind() const {
    std::string found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string pid = entry.path().filename().string();
      if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
      if (pid == std::to_string(::getpid())) continue;
      std::error_code gone;
      const std::string command = text_of(entry.path() / "cmdline");
      const std::string messages = fs::read_symlink(entry.path() / "fd/2", gone).string();
      const std::string work = fs::read_symlink(entry.path() / "fd/1", gone).string();
      for (const std::string& text : {command, messages, work}) {
        if (text.find(var + "/") == std::string::npos) continue;
        found += pid + " " + command + "\n";
        break;
      }
    }
    return found;
  }
  bool nothing_is_left() const {
    return eventually([&] { return left_behind().empty(); });
  }

  pid_t pid_of(const std::string& server) const {
    const std::string text = text_of(var + "/" + server + ".pid");
    return text.empty() ? 0 : std::stoi(text);
  }
  int concerts() const {
    const Outcome outcome = dev({"ctl", "concert", "list", "--json"});
    return static_cast<int>(Reply{200, {}, outcome.out}.json()["concerts"].size());
  }

  ScratchFolder folder;
  std::string var = folder.path() + "/var";
  int port = free_tcp_port();
  std::string url = fmt::format("http://127.0.0.1:{}", port);
  Web web{url};
  Process::Environment environment{{"CONCERT_VAR", var},
                                   {"CONCERT_PORT", std::to_string(port)},
                                   {"CONCERT_BIN", CONCERT_BINARY_DIR},
                                   {"CONCERT_WORKERS", "2"},
                                   {"CONCERT_SKIP_BUILD", "1"}};
};

// `./dev run` in a process group of its own, as a terminal gives it one.
class Foreground {
 public:
  explicit Foreground(const Runner& runner)
      : process_({"setsid", CONCERT_SOURCE_DIR "/dev", "run"}, runner.environment,
                 runner.folder.path() + "/run.log") {
    BOOST_REQUIRE(eventually([&] { return ::getpgid(process_.pid()) == process_.pid(); }));
  }
  // Ctrl-C: the terminal sends it to the whole group.
  int interrupt() {
    if (process_.running()) BOOST_TEST(::kill(-process_.pid(), SIGINT) == 0);
    return process_.wait();
  }
  Process& process() { return process_; }

 private:
  Process process_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dev_test, Runner)

BOOST_AUTO_TEST_CASE(up_starts_a_stack_with_its_demo_and_down_ends_it_but_for_the_data) {
  const Outcome up = dev({"up"});
  BOOST_REQUIRE_MESSAGE(up.exit_code == 0, up.out << up.err);
  BOOST_TEST(up.out.find(url) != std::string::npos);
  BOOST_TEST(web.get("/readyz").status == 200);
  for (const char* server : kServers) BOOST_TEST(::kill(pid_of(server), 0) == 0, server);

  BOOST_TEST(concerts() == 3);
  const std::string token =
      web.post("/token", "", user_body(new_uuid())).json()["token"].asString();
  for (int concert = 1; concert <= 3; ++concert) {
    const Json::Value dates = web.get(fmt::format("/concerts/{}/dates", concert), token).json();
    BOOST_TEST(dates["dates"].size() >= 2U);
    for (const Json::Value& date : dates["dates"]) BOOST_TEST(date["seatCount"] == 50);
  }
  BOOST_TEST(dev({"cron"}).exit_code == 0);
  const Outcome doctor = dev({"ctl", "doctor"});
  BOOST_TEST(doctor.exit_code == 0, doctor.out);
  for (const char* subject : {"identity", "rate limits", "HTTPS"})
    BOOST_TEST(doctor.out.find(fmt::format("\nOPEN  {} ", subject)) != std::string::npos,
               doctor.out);
  BOOST_TEST(dev({"ctl", "nonsense"}).exit_code == 2);
  // It knows where the stack runs, though the environment names another port.
  environment["CONCERT_PORT"] = "1";
  const Outcome top = dev({"ctl", "top", "--once", "--interval", "1"});
  environment["CONCERT_PORT"] = std::to_string(port);
  BOOST_TEST(top.exit_code == 0, top.err);
  BOOST_TEST(dev({"ctl", "date", "list", "--concert", "99"}).exit_code == 1);
  BOOST_TEST(dev({"ctl", "concert", "add", "--title", "T", "--venue", "V", "--json"}).out ==
             "{\"concertId\":4}\n");
  // Again: nothing to do, and other settings are refused.
  BOOST_TEST(dev({"up"}).exit_code == 0);
  for (const char* name : {"CONCERT_PORT", "CONCERT_HOLD_SECONDS"}) {
    const Process::Environment before = environment;
    environment[name] = "7";
    const Outcome other = dev({"up"});
    BOOST_TEST(other.exit_code == 1);
    BOOST_TEST(other.err.find(name) != std::string::npos, other.err);
    environment = before;
  }
  environment.erase("CONCERT_PORT");
  BOOST_TEST(dev({"up"}).out.find(url + "/") != std::string::npos);
  environment["CONCERT_PORT"] = std::to_string(port);

  BOOST_TEST(dev({"down"}).exit_code == 0);
  BOOST_TEST(left_behind() == "");
  BOOST_TEST(web.get("/queue").status == 0);
  for (const char* server : kServers) BOOST_TEST(pid_of(server) == 0, server);
  BOOST_TEST(dev({"down"}).exit_code == 0);

  const auto since = std::chrono::steady_clock::now();
  BOOST_TEST(dev({"up"}).exit_code == 0);
  const auto taken = std::chrono::steady_clock::now() - since;
  BOOST_TEST_MESSAGE("a second start took "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(taken).count()
                     << " ms");
  BOOST_TEST((taken < 30s));
  BOOST_TEST(concerts() == 4);
  BOOST_TEST(web.get("/concerts", token).status == 200);
}

BOOST_AUTO_TEST_CASE(a_server_that_dies_is_started_again) {
  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  for (const char* server : kServers) {
    const pid_t before = pid_of(server);
    ::kill(before, SIGKILL);
    const auto since = std::chrono::steady_clock::now();
    BOOST_TEST(eventually([&] { return pid_of(server) != before; }), server);
    BOOST_TEST(eventually([&] { return web.get("/readyz").status == 200; }), server);
    const auto taken = std::chrono::steady_clock::now() - since;
    BOOST_TEST_MESSAGE(
        server << " was back after "
               << std::chrono::duration_cast<std::chrono::milliseconds>(taken).count() << " ms");
    BOOST_TEST(eventually([&] { return dev({"ctl", "doctor"}).exit_code == 0; }), server);
  }
  // The cron admits by itself.
  dev({"ctl", "queue", "pause"});
  const std::string token =
      web.post("/token", "", user_body(new_uuid())).json()["token"].asString();
  BOOST_TEST(web.get("/token/refresh", token).json()["status"] == "WAITING");
  dev({"ctl", "queue", "resume"});
  BOOST_TEST(
      eventually([&] { return web.get("/token/refresh", token).json()["status"] == "ACTIVE"; }));
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_wrong_or_cut_short_stops_no_admissions) {
  environment["CONCERT_ACTIVE_LIMIT"] = "1";
  environment["CONCERT_DEMO"] = "0";
  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  environment.erase("CONCERT_ACTIVE_LIMIT");  // it is in the file now
  const std::string conf = var + "/concert.conf";
  const std::string good = text_of(conf);
  BOOST_TEST(dev({"cron"}).exit_code == 0);
  const auto join = [&] {
    return web.post("/token", "", user_body(new_uuid())).json()["token"].asString();
  };
  std::string active = join();
  // A typo, a file that lost its end with the account, one that is gone for a moment.
  for (const std::string& bad :
       {good + "nonsense\n", good.substr(0, good.find("database_url") + 9), std::string()}) {
    const std::string waiting = join();
    BOOST_TEST(web.get("/token/refresh", waiting).json()["status"] == "WAITING");
    if (bad.empty()) {
      fs::remove(conf);
    } else {
      write_text(conf, bad);
      const Outcome pass = dev({"cron"});
      BOOST_TEST(pass.exit_code == 0, pass.err);
      BOOST_TEST(pass.err.find("the configuration is wrong") != std::string::npos, pass.err);
    }
    BOOST_TEST(web.send("DELETE", "/token", {"token: " + active}).status == 204);
    BOOST_TEST(eventually(
        [&] { return web.get("/token/refresh", waiting).json()["status"] == "ACTIVE"; }));
    active = waiting;
  }
  // The last one was taken away.
  for (const Words& words : {Words{"cron"}, {"ctl", "queue", "status"}, {"up"}}) {
    const Outcome outcome = dev(words);
    BOOST_TEST(outcome.exit_code == 1);
    BOOST_TEST(
        outcome.err.find("the stack is running, but " + conf + " is gone. ") != std::string::npos,
        outcome.err);
    BOOST_TEST(outcome.out.find("running already") == std::string::npos, outcome.out);
  }
  write_text(conf, good);
  BOOST_TEST(dev({"cron"}).err.find("error") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_cron_of_its_own_each_pass_is_a_whole_one) {
  const auto interval = [&] {
    const std::string conf = text_of(var + "/concert.conf");
    const std::string key = "admit_interval_seconds = ";
    const auto at = conf.find(key);
    return at == std::string::npos ? "" : conf.substr(at + key.size(), 1);
  };
  environment["CONCERT_CRON_SECONDS"] = "0";
  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  BOOST_TEST(interval() == "0");
  dev({"down"});
  environment["CONCERT_ADMIT_INTERVAL_SECONDS"] = "7";
  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  BOOST_TEST(interval() == "7");
  dev({"down"});
  environment.erase("CONCERT_ADMIT_INTERVAL_SECONDS");
  environment["CONCERT_CRON_SECONDS"] = "0.5";
  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  BOOST_TEST(interval() == "");
}

BOOST_AUTO_TEST_CASE(a_killed_supervisor_leaves_nothing_that_down_or_up_does_not_find) {
  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  ::kill(pid_of("dev"), SIGKILL);
  BOOST_TEST(dev({"down"}).exit_code == 0);
  BOOST_TEST(left_behind() == "");

  BOOST_REQUIRE(dev({"up"}).exit_code == 0);
  ::kill(pid_of("dev"), SIGKILL);
  BOOST_TEST(dev({"up"}).exit_code == 0);
  BOOST_TEST(web.get("/readyz").status == 200);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_reported) {
  // Another program that listens there.
  const std::string script = fmt::format(
      "import socket, time; s = socket.socket(); "
      "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {})); "
      "s.listen(); time.sleep(600)",
      port);
  Process taker({"python3", "-c", script}, {}, folder.path() + "/taker.log");
  BOOST_REQUIRE(eventually([&] {
    return run({"ss", "-tlH", fmt::format("sport = :{}", port)}).out != "";
  }));
  for (const char* command : {"up", "run"}) {
    const Outcome outcome = dev({command});
    BOOST_TEST(outcome.exit_code == 1);
    BOOST_TEST(outcome.err.find(fmt::format("port {} is taken", port)) != std::string::npos,
               outcome.err);
    BOOST_TEST(left_behind() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_broken_setting_is_reported_and_nothing_is_left) {
  environment["CONCERT_WORKERS"] = "many";
  const Outcome outcome = dev({"up"});
  BOOST_TEST(outcome.exit_code == 1);
  BOOST_TEST(outcome.err.find("workers") != std::string::npos, outcome.err);
  BOOST_TEST(left_behind() == "");
}

BOOST_AUTO_TEST_CASE(an_origin_that_no_browser_sends_is_refused) {
  for (const char* origins :
       {"shop.example.org", "https://shop.example.org/", "https://a b", "**",
        "https://a.example\" $http_origin; #", "http://a,,", "http://a,http://a", "http://a:0",
        "http://a,https://a:65536", "http://a:080", "http://a:80", "https://a:443"}) {
    environment["CONCERT_CORS_ORIGINS"] = origins;
    const Outcome up = dev({"up"});
    BOOST_TEST(up.exit_code == 1, origins);
    BOOST_TEST(up.err.find("CONCERT_CORS_ORIGINS") != std::string::npos, up.err);
  }
}

BOOST_AUTO_TEST_CASE(ctrl_c_half_way_through_starting_leaves_nothing) {
  // From an empty folder each time, so that each moment of a first start is interrupted, the
  // creation of the database too.
  for (const auto moment : {30ms, 120ms, 400ms, 900ms, 1600ms, 2400ms}) {
    fs::remove_all(var);
    Foreground foreground(*this);
    std::this_thread::sleep_for(moment);
    const int code = foreground.interrupt();
    BOOST_TEST((code == 130 || code == 128 + SIGINT), moment.count() << " ms: " << code);
    BOOST_TEST(left_behind() == "", "after " << moment.count() << " ms");
  }
  // The remains of the last one must not be in the way.
  BOOST_TEST(dev({"up"}).exit_code == 0);
  BOOST_TEST(concerts() == 3);
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_a_running_stack) {
  Foreground foreground(*this);
  BOOST_REQUIRE(eventually([&] { return fs::exists(var + "/ready"); }));
  BOOST_TEST(web.get("/readyz").status == 200);
  BOOST_TEST(dev({"up"}).exit_code == 0);
  BOOST_TEST(dev({"run"}).exit_code == 1);
  BOOST_TEST(foreground.interrupt() == 130);
  BOOST_TEST(left_behind() == "");
  BOOST_TEST(text_of(folder.path() + "/run.log").find("curl") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ending_the_terminal_ends_the_stack) {
  for (const int signal : {SIGTERM, SIGHUP}) {
    Foreground foreground(*this);
    BOOST_REQUIRE(eventually([&] { return fs::exists(var + "/ready"); }));
    foreground.process().signal(signal);
    BOOST_TEST(foreground.process().wait() == 128 + signal);
    BOOST_TEST(left_behind() == "");
  }
}

BOOST_AUTO_TEST_CASE(with_programs_of_another_folder_nothing_is_built) {
  const std::string empty = folder.path() + "/empty";
  const std::string tools = folder.path() + "/tools";
  fs::create_directory(empty);
  fs::create_directory(tools);
  write_text(tools + "/cmake", "#!/bin/sh\necho cmake was run >&2\nexit 1\n");
  fs::permissions(tools + "/cmake", fs::perms::owner_all);
  environment["CONCERT_BIN"] = empty;
  environment.erase("CONCERT_SKIP_BUILD");
  environment["PATH"] = tools + ":" + std::getenv("PATH");
  const Outcome up = dev({"up"});
  BOOST_TEST(up.exit_code == 1);
  BOOST_TEST(up.err.find("cmake was run") == std::string::npos, up.err);
  BOOST_TEST(
      up.err.find(empty + "/concertd is not there, where CONCERT_BIN has it.") != std::string::npos,
      up.err);
}

BOOST_AUTO_TEST_CASE(usage_is_shown_for_what_it_does_not_know) {
  BOOST_TEST(dev({"nonsense"}).exit_code == 2);
  BOOST_TEST(dev({"help"}).out.find("./dev up | down") != std::string::npos);
  for (const char* action : {"run", "up", "down", "test", "bench", "package", "graph"}) {
    for (const char* word : {"--help", "-h", "help"}) {
      const Outcome help = dev({action, word});
      BOOST_TEST(help.exit_code == 0, action << " " << word);
      BOOST_TEST(help.out.starts_with("Usage: ./dev run"), action << " " << word);
    }
  }
  for (const char* action : {"run", "up", "down"}) {
    const Outcome wrong = dev({action, "now"});
    BOOST_TEST(wrong.exit_code == 2, action);
    BOOST_TEST(wrong.err.find("Usage: ./dev run") != std::string::npos, action);
  }
  BOOST_TEST(left_behind() == "");
  environment["CONCERT_PORT"] = "99999";
  BOOST_TEST(dev({"up"}).err.find("CONCERT_PORT") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

// How soon a run ends is for a machine that does nothing else: CTest runs this suite alone.
BOOST_FIXTURE_TEST_SUITE(dev_signals_test, Runner)

// A run of the tests, whose processes are known by a variable in their environment.
class TestRun {
 public:
  TestRun(const Runner& runner, const std::vector<std::string>& words,
          Process::Environment environment)
      : log_(runner.folder.path() + "/test.log"),
        tests_(words, marked(std::move(environment)), log_) {}

  // The names of the processes that it started and that still live.
  std::string below() const {
    std::string found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      if (text_of(entry.path() / "environ").find("DEV_TEST_MARK=" + mark_) == std::string::npos)
        continue;
      found += text_of(entry.path() / "comm");
    }
    return found;
  }
  std::string log() const { return text_of(log_); }
  // Sends the signal and expects what it does: everything ends within `most`.
  void expect_to_end_by(int signal, std::chrono::milliseconds most) {
    const auto since = std::chrono::steady_clock::now();
    tests_.signal(signal);
    BOOST_TEST(tests_.wait() == 128 + signal);
    const auto taken = std::chrono::steady_clock::now() - since;
    BOOST_TEST((taken < most), std::chrono::duration<double>(taken).count() << " s");
    BOOST_TEST(below() == "");
  }

 private:
  Process::Environment marked(Process::Environment environment) {
    environment["DEV_TEST_MARK"] = mark_;
    return environment;
  }

  std::string mark_ = new_uuid();
  std::string log_;
  Process tests_;
};

BOOST_AUTO_TEST_CASE(a_signal_ends_a_run_of_the_tests_with_the_servers_that_they_started) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    TestRun tests(*this, {CONCERT_SOURCE_DIR "/dev", "test", "store"},
                  {{"CONCERT_SKIP_BUILD", "1"}});
    BOOST_REQUIRE_MESSAGE(
        eventually([&] { return tests.below().find("mariadbd") != std::string::npos; }),
        tests.log());
    tests.expect_to_end_by(signal, 3s);
  }
}

BOOST_AUTO_TEST_CASE(a_signal_lets_a_package_step_end_before_it_ends_the_run) {
  // Every package is missing, and apt-get takes a while. This `sh` does nothing, so that nothing is
  // written to /usr.
  const std::string tools = folder.path() + "/tools";
  fs::create_directory(tools);
  const auto add_tool = [&](const std::string& name, const std::string& body) {
    write_text(tools + "/" + name, "#!/bin/sh\n" + body + "\n");
    fs::permissions(tools + "/" + name, fs::perms::owner_all);
  };
  for (const char* name : {"dpkg-query", "dpkg", "sh", "rm", "systemctl"}) add_tool(name, "exit 0");
  add_tool("sudo", "exec \"$@\"");
  const std::string step = folder.path() + "/step";
  add_tool("apt-get", fmt::format("case \"$*\" in *install*) ;; *) exit 0 ;; esac\n"
                                  "echo begun >>{0}; sleep 2; echo ended >>{0}",
                                  step));
  TestRun tests(*this, {CONCERT_SOURCE_DIR "/dev", "test", "store"},
                {{"PATH", tools + ":" + std::getenv("PATH")}, {"CONCERT_SKIP_BUILD", "0"}});
  BOOST_REQUIRE_MESSAGE(eventually([&] { return text_of(step) == "begun\n"; }), tests.log());
  tests.expect_to_end_by(SIGTERM, 2s + 3s);
  BOOST_TEST(text_of(step) == "begun\nended\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
