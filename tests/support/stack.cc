#include "support/stack.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "support/files.h"
#include "support/logs.h"
#include "support/sockets.h"

namespace concert::test {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

const Stack* shared = nullptr;

}  // namespace

Stack::Stack(Settings settings)
    : port_(free_tcp_port()), url_(fmt::format("http://127.0.0.1:{}", port_)) {
  Process::Environment environment{{"CONCERT_VAR", folder()},
                                   {"CONCERT_PORT", std::to_string(port_)},
                                   {"CONCERT_BIN", CONCERT_BINARY_DIR},
                                   {"CONCERT_SKIP_BUILD", "1"},
                                   {"CONCERT_DEMO", "0"},
                                   {"CONCERT_CRON_SECONDS", "0"},
                                   {"CONCERT_WORKERS", "6"},
                                   {"CONCERT_DATABASE_URL", database_.url()}};
  for (const auto& [key, value] : settings) environment["CONCERT_" + upper(key)] = value;
  // In the foreground: should this program die, its stack dies with it.
  runner_ = std::make_unique<Process>(std::vector<std::string>{CONCERT_SOURCE_DIR "/dev", "run"},
                                      environment, folder() + "/run.log");
  wait_until_ready();
}

Stack::~Stack() {
  runner_.reset();
  if (this != shared) BOOST_TEST(secrets_in_its_logs() == "");
}

std::string Stack::secrets_in_its_logs() const { return secrets_in_logs(folder()); }

void Stack::wait_until_ready() {
  while (!std::filesystem::exists(folder() + "/ready")) {
    if (!runner_->running()) {
      throw std::runtime_error("the stack did not start: " + text_of(folder() + "/run.log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Session Stack::database() const { return Session(DatabaseUrl::parse(database_.url()), nullptr); }

Outcome Stack::run_program(const std::string& program,
                           const std::vector<std::string>& words) const {
  std::vector<std::string> command{CONCERT_BINARY_DIR "/" + program, "--config",
                                   folder() + "/concert.conf"};
  command.insert(command.end(), words.begin(), words.end());
  Outcome outcome = run(command);
  if (outcome.exit_code != 0) {
    throw std::runtime_error(
        fmt::format("{} exits {}: {}{}", program, outcome.exit_code, outcome.out, outcome.err));
  }
  return outcome;
}

Json::Value Stack::ctl(std::vector<std::string> words) const {
  words.emplace_back("--json");
  return HttpResponse{0, {}, run_program("concertctl", words).out}.json();
}

// A pass that could not reach memcached leaves the publication to the next, which comes within a
// second.
void Stack::cron() const {
  const Outcome pass = run_program("concert-cron", {});
  if (pass.err.find("memcached does not answer") == std::string::npos) return;
  std::this_thread::sleep_for(std::chrono::seconds(1));
  run_program("concert-cron", {});
}

std::int64_t Stack::add_concert(const std::string& title) const {
  return ctl({"concert", "add", "--title", title, "--venue", "A hall", "--allow-same"})["concertId"]
      .asInt64();
}

std::int64_t Stack::add_date(std::int64_t concert, int seats, std::int64_t price,
                             std::int64_t in_s) const {
  return ctl({"date", "add", "--concert", std::to_string(concert), "--starts-at",
              time_from_now(in_s), "--seats", std::to_string(seats), "--price",
              std::to_string(price), "--allow-near"})["concertDateId"]
      .asInt64();
}

void Stack::begin_in(std::int64_t date, std::int64_t in_s) const {
  const auto changed = database().execute(
      "UPDATE concert_date SET starts_at = NOW(3) + INTERVAL ? SECOND WHERE concert_date_id = ?",
      {in_s, date});
  BOOST_REQUIRE(changed == 1U);
}

Stack& shared_stack() {
  static Stack stack{{"active_limit", "1000000"}};
  shared = &stack;
  return stack;
}

const Stack* started_shared_stack() { return shared; }

bool eventually(const std::function<bool()>& done) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(90);
  while (!done()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::string time_from_now(std::int64_t seconds) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto then = now + std::chrono::seconds(seconds);
  const auto whole = std::chrono::floor<std::chrono::seconds>(then);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     (then - whole).count());
}

}  // namespace concert::test
