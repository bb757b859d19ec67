#include "support/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>

#include "support/files.h"

namespace concert::test {
namespace {

pid_t spawn(const std::vector<std::string>& command, const Process::Environment& environment,
            const std::string& out, const std::string& err) {
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  const int out_fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int err_fd = err == out ? out_fd : ::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out_fd, STDOUT_FILENO);
  ::dup2(err_fd, STDERR_FILENO);
  const int null_fd = ::open("/dev/null", O_RDONLY);
  ::dup2(null_fd, STDIN_FILENO);
  become(command);
}

}  // namespace

void become(const std::vector<std::string>& command) {
  // Under nohup the tests themselves ignore SIGHUP, which would be inherited.
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE}) ::signal(number, SIG_DFL);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Process::Process(const std::vector<std::string>& command, const Environment& environment,
                 const std::string& log)
    : pid_(spawn(command, environment, log, log)) {}

Process::~Process() {
  if (!running()) return;
  signal(SIGTERM);
  for (int i = 0; i < 1000 && running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (running()) {
    signal(SIGKILL);
    wait();
  }
}

bool Process::running() {
  if (status_ != -1) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  status_ = exit_code(status);
  return false;
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

int Process::wait() {
  while (running()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return status_;
}

Daemon::Daemon(std::vector<std::string> command, std::string log)
    : command_(std::move(command)), log_(std::move(log)) {}

void Daemon::start(const Process::Environment& environment) {
  process_.reset();
  process_ = std::make_unique<Process>(command_, environment, log_);
}

void Daemon::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

int Daemon::stop() {
  process_->signal(SIGTERM);
  return process_->wait();
}

void freeze(const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) ::kill(process, SIGSTOP);
  for (const pid_t process : processes) {
    std::string stat;
    do {
      std::getline(std::ifstream("/proc/" + std::to_string(process) + "/stat"), stat);
    } while (!stat.empty() && stat.find(") T ") == std::string::npos);
  }
}

Outcome run(const std::vector<std::string>& command, const Process::Environment& environment) {
  const ScratchFolder folder;
  const std::string out = folder.path() + "/out";
  const std::string err = folder.path() + "/err";
  const pid_t pid = spawn(command, environment, out, err);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {exit_code(status), text_of(out), text_of(err)};
}

SharedNumbers::SharedNumbers(std::size_t count)
    : count_(count),
      numbers_(new (::mmap(nullptr, sizeof(std::atomic<std::int64_t>) * count,
                           PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                   std::atomic<std::int64_t>[count]) {}

SharedNumbers::~SharedNumbers() { ::munmap(numbers_, sizeof(std::atomic<std::int64_t>) * count_); }

void Barrier::arrive_and_wait() {
  --missing_[0];
  while (missing_[0] > 0) std::this_thread::yield();
}

std::vector<int> in_parallel(int count, const std::function<int(int)>& body) {
  Barrier all_started(count);
  SharedNumbers results(static_cast<std::size_t>(count));
  std::vector<pid_t> pids;
  for (int i = 0; i < count; ++i) {
    auto& result = results[static_cast<std::size_t>(i)];
    result = -1;
    const pid_t pid = ::fork();
    if (pid == 0) {
      all_started.arrive_and_wait();
      try {
        result = body(i);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "process %d of %d threw: %s\n", i, count, error.what());
      } catch (...) {
        std::fprintf(stderr, "process %d of %d threw what is no std::exception\n", i, count);
      }
      ::_exit(0);
    }
    pids.push_back(pid);
  }
  for (const pid_t pid : pids) ::waitpid(pid, nullptr, 0);
  std::vector<int> returned;
  for (std::size_t i = 0; i < pids.size(); ++i) returned.push_back(static_cast<int>(results[i]));
  return returned;
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "crt-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace concert::test
