#include "support/ops_service.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/files.h"
#include "support/logs.h"
#include "support/servers.h"
#include "support/sockets.h"
#include "support/stack.h"

namespace concert::test {

Service::Service(const Keys& keys, const std::string& own_database)
    : port_(free_tcp_port()), url_(fmt::format("http://127.0.0.1:{}", port_)) {
  make_database(own_database.empty() ? database_socket() : own_database);
  write_text(folder() + "/token.key", kTokenKey);
  keys_ = {{"database_url", database_url_},
           {"token_key_file", folder() + "/token.key"},
           {"memcached_servers", folder() + "/memcached.sock"},
           {"listen_socket", listen_socket()},
           {"nginx_answers_log", folder() + "/access-concert-reservation.answers"},
           {"site_url", url_},
           {"workers", "4"}};
  configure(keys);
  memcached_ =
      std::make_unique<Daemon>(server_command("memcached", folder()), folder() + "/memcached.log");
  concertd_ =
      std::make_unique<Daemon>(std::vector<std::string>{program("concertd"), "--config", conf()},
                               folder() + "/concertd.log");
  write_nginx_conf();
  nginx_ = std::make_unique<Daemon>(server_command("nginx", folder()), folder() + "/nginx.log");
  const Outcome migrated = ctl({"migrate"});
  if (migrated.exit_code != 0)
    throw std::runtime_error("migrate failed with exit " + std::to_string(migrated.exit_code) +
                             ": " + migrated.out + migrated.err);
  start_memcached();
  nginx_->start();
  start_concertd();
}

Service::~Service() {
  // The servers first: the requests in progress need the database.
  nginx_.reset();
  concertd_.reset();
  BOOST_TEST(secrets_in_logs(folder(), {kPassword}) == "");
  try {
    Session(DatabaseUrl::parse(admin_url_), nullptr).run_text("DROP DATABASE " + database_name_);
  } catch (const std::exception&) {
    return;  // the server goes with all its databases
  }
}

void Service::make_database(const std::string& socket) {
  static int counter = 0;
  database_name_ = fmt::format("ops{}_{}", ::getpid(), ++counter);
  admin_url_ = fmt::format("mysql://root@/mysql?socket={}", socket);
  Session admin(DatabaseUrl::parse(admin_url_), nullptr);
  admin.run_text(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", database_name_));
  admin.run_text(
      fmt::format("CREATE USER IF NOT EXISTS ops@localhost IDENTIFIED BY '{}'", kPassword));
  admin.run_text("GRANT ALL ON *.* TO ops@localhost");
  database_url_ = fmt::format("mysql://ops:{}@/{}?socket={}", kPassword, database_name_, socket);
}

void Service::configure(const Keys& keys) {
  Keys merged = keys_;
  for (const auto& [key, value] : keys) merged[key] = value;
  std::string text;
  for (const auto& [key, value] : merged) text += fmt::format("{} = {}\n", key, value);
  write_text(conf(), text);
}

// A site as it is shipped, with the test's port, socket and logs.
void Service::write_site(std::string site) const {
  put_in_place(site, "listen 80 ", fmt::format("listen 127.0.0.1:{} ", port_));
  put_in_place(site, "/run/concert-reservation/concertd.sock", listen_socket());
  put_in_place(site, "/var/log/nginx/", folder() + "/access-");
  put_in_place(site, "/var/lib/nginx/concert-reservation ", folder() + "/kept ");
  write_text(folder() + "/site.conf", site);
}

void Service::run_site(const std::string& site) {
  write_site(site);
  nginx_->stop();
  nginx_->start();
  if (!eventually([&] { return !nginx_->running() || is_ready(); }) || !nginx_->running()) {
    throw std::runtime_error("nginx did not start: " + text_of(folder() + "/nginx.log"));
  }
}

void Service::write_nginx_conf() const {
  const std::string source = CONCERT_SOURCE_DIR "/nginx";
  std::filesystem::create_directories(folder() + "/nginx/snippets");
  std::filesystem::create_directory_symlink(source + "/snippets",
                                            folder() + "/nginx/snippets/concert-reservation");
  write_site(source_text("nginx/concert-reservation.conf"));
  // A test can give any client address.
  std::string http = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Comes-From;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    http += fmt::format("{}_temp_path {}/temp-{};\n", kind, folder(), kind);
  }
  write_text(folder() + "/nginx/nginx.conf",
             fmt::format("include {}/main-settings.conf;\n{}daemon off;\npid {}/nginx.pid;\n"
                         "error_log {}/nginx.log warn;\nhttp {{\n{}include {}/site.conf;\n}}\n",
                         source, ::geteuid() == 0 ? "user root root;\n" : "", folder(), folder(),
                         http, folder()));
}

void Service::start_memcached() {
  memcached_->start();
  if (!eventually([&] { return listens(folder() + "/memcached.sock"); }))
    throw std::runtime_error("memcached did not start");
}

bool Service::is_ready() { return web().get("/readyz").status == 200; }

void Service::start_concertd(const Process::Environment& environment) {
  concertd_->start(environment);
  if (!eventually([&] { return !concertd_->running() || is_ready(); }) || !concertd_->running()) {
    throw std::runtime_error("the service did not start: " + log());
  }
}

std::vector<pid_t> Service::workers() const { return children_of(concertd_->pid()); }

bool Service::reload_until_log_says(const std::string& text) {
  const int before = occurrences(log(), text);
  concertd_->signal(SIGHUP);
  return eventually([&] { return occurrences(log(), text) > before; });
}

bool Service::reload() {
  const std::vector<pid_t> before = workers();
  if (!reload_until_log_says("every worker has been replaced")) return false;
  const std::vector<pid_t> now = workers();
  std::vector<pid_t> both;
  std::set_intersection(now.begin(), now.end(), before.begin(), before.end(),
                        std::back_inserter(both));
  return both.empty();
}

bool Service::refuses_reload() { return reload_until_log_says("the old one stays in force"); }

std::string Service::log() const { return text_of(folder() + "/concertd.log"); }

Session Service::database() const { return Session(DatabaseUrl::parse(database_url_), nullptr); }

void Service::spoil(const std::string& table) const {
  database().run_text(fmt::format("RENAME TABLE {0} TO {0}_away", table));
  database().run_text(
      fmt::format("CREATE DEFINER = 'nobody'@'nowhere' VIEW {0} AS SELECT * FROM {0}_away", table));
}

void Service::mend(const std::string& table) const {
  database().run_text(fmt::format("DROP VIEW {}", table));
  database().run_text(fmt::format("RENAME TABLE {0}_away TO {0}", table));
}

Outcome Service::ctl(std::vector<std::string> words,
                     const Process::Environment& environment) const {
  words.insert(words.begin(), {program("concertctl"), "--config", conf()});
  return run(words, environment);
}

Json::Value Service::ctl_json(std::vector<std::string> words) const {
  words.emplace_back("--json");
  return Reply{200, {}, ctl(std::move(words)).out}.json();
}

Outcome Service::cron() const { return run({program("concert-cron"), "--config", conf()}); }

Process Service::start_cron() const {
  return Process({program("concert-cron"), "--config", conf()}, {}, folder() + "/cron.log");
}

void Service::cron_killed_after(std::chrono::milliseconds time) const {
  Process pass = start_cron();
  std::this_thread::sleep_for(time);
  pass.signal(SIGKILL);
}

void Service::two_crons() const {
  Process beside = start_cron();
  cron();
  beside.wait();
}

std::int64_t Service::add_date(int seats, std::int64_t price) {
  if (concert_ == 0) {
    concert_ =
        ctl_json({"concert", "add", "--title", "A concert", "--venue", "A hall"})["concertId"]
            .asInt64();
  }
  return ctl_json({"date", "add", "--concert", std::to_string(concert_), "--starts-at",
                   time_from_now(30 * 86400), "--seats", std::to_string(seats), "--price",
                   std::to_string(price), "--allow-near"})["concertDateId"]
      .asInt64();
}

std::int64_t Service::add_hall(int sections, int seats, std::int64_t price) {
  std::string layout;
  for (int section = 1; section <= sections; ++section) {
    layout +=
        fmt::format(R"({}{{"section":"{}","price":{},"rows":[{{"row":"A","from":1,"to":{}}}]}})",
                    section == 1 ? "" : ",", section, price, seats);
  }
  const std::string file = folder() + "/hall.json";
  write_text(file, fmt::format(R"({{"concerts":[{{"title":"A concert","venue":"A hall","dates":[)"
                               R"({{"startsAt":"{}","layout":[{}]}}]}}]}})",
                               time_from_now(30 * 86400), layout));
  const Json::Value told = ctl_json({"concert", "import", file, "--allow-near"});
  if (concert_ == 0) concert_ = told["concertIds"][0].asInt64();
  return told["concertDateIds"][0].asInt64();
}

std::string Service::new_token(Web& web, const std::string& user_id) const {
  return web.post("/token", "", user_body(user_id)).json()["token"].asString();
}

std::string Service::faults_of_logs(const std::vector<std::string>& secrets) const {
  std::string faults;
  std::istringstream lines(log());
  for (std::string line; std::getline(lines, line);) {
    const Json::Value entry = Reply{200, {}, line}.json();
    if (!entry.isObject() || !entry["message"].isString() || !entry["level"].isString()) {
      faults += "not a log line: " + line + "\n";
    }
  }
  return faults + secrets_in_logs(folder(), secrets);
}

void put_in_place(std::string& text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("there is no `" + from + "` in the text");
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string with_in_hand(std::string site, int in_hand) {
  std::string limits = source_text("nginx/snippets/limits.conf");
  put_in_place(limits, "concert_in_hand 4000;", fmt::format("concert_in_hand {};", in_hand));
  put_in_place(site, "include snippets/concert-reservation/limits.conf;", limits);
  return site;
}

int add_http2(std::string& site) {
  const int port = free_tcp_port();
  put_in_place(site, "listen 80 backlog=4096;",
               fmt::format("listen 80 backlog=4096;\n    listen 127.0.0.1:{} http2;", port));
  return port;
}

void wait_for(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

std::vector<pid_t> children_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::istringstream list(text_of(folder + "/task/" + std::to_string(pid) + "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) {
    const std::string stat = text_of("/proc/" + std::to_string(child) + "/stat");
    const auto state = stat.rfind(')') + 2;
    if (state < stat.size() && stat[state] != 'Z') children.push_back(child);
  }
  std::sort(children.begin(), children.end());
  return children;
}

std::string program(const std::string& name) { return CONCERT_BINARY_DIR "/" + name; }

}  // namespace concert::test
