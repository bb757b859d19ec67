#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace concert::test {

// Whether the programs are built with sanitizers, and several times slower.
#ifdef CONCERT_SANITIZE
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// In a child after the fork: becomes `command`, as if it was started from a terminal. Ends the
// child with 127 if that fails.
[[noreturn]] void become(const std::vector<std::string>& command);
// Of a status of waitpid(): the exit code, or 128 + the signal's number.
int exit_code(int status);

// A child process, which is ended and waited for at the end of scope.
class Process {
 public:
  using Environment = std::map<std::string, std::string>;

  // Starts `command` with `environment` added to this process's own; its output goes to `log`.
  Process(const std::vector<std::string>& command, const Environment& environment,
          const std::string& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);
  // Waits for the end. Returns the exit code, or 128 + the signal's number.
  int wait();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
};

// A server that a test kills, freezes and starts again.
class Daemon {
 public:
  Daemon(std::vector<std::string> command, std::string log);

  // Starts it; a process of an earlier start is ended first.
  void start(const Process::Environment& environment = {});
  // SIGKILL, then waits.
  void kill();
  // SIGTERM, then waits; returns the exit code.
  int stop();
  void signal(int number) { process_->signal(number); }
  bool running() { return process_ && process_->running(); }
  int wait() { return process_->wait(); }
  pid_t pid() const { return process_->pid(); }

 private:
  std::vector<std::string> command_;
  std::string log_;
  std::unique_ptr<Process> process_;
};

// The output of a command, and how it ended.
struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs `command` to its end.
Outcome run(const std::vector<std::string>& command, const Process::Environment& environment = {});

// Numbers that a process shares with its children; all 0 at first.
class SharedNumbers {
 public:
  explicit SharedNumbers(std::size_t count);
  ~SharedNumbers();
  SharedNumbers(const SharedNumbers&) = delete;
  SharedNumbers& operator=(const SharedNumbers&) = delete;

  std::atomic<std::int64_t>& operator[](std::size_t i) { return numbers_[i]; }

 private:
  std::size_t count_;
  std::atomic<std::int64_t>* numbers_;
};

// A point that `count` processes reach before any of them goes on. Made before the fork.
class Barrier {
 public:
  explicit Barrier(int count) : missing_(1) { missing_[0] = count; }
  void arrive_and_wait();

 private:
  SharedNumbers missing_;
};

// Runs `body(i)` for i in 0..count-1 in that many processes that all begin at the same moment.
// Returns what each returned; -1 for one that died or threw.
std::vector<int> in_parallel(int count, const std::function<int(int)>& body);

// Sends SIGSTOP and returns once every process has stopped: a SIGCONT sent earlier would only
// cancel the SIGSTOP. SIGCONT resumes them.
void freeze(const std::vector<pid_t>& processes);

// A new folder below the system's temporary one with a short path, removed when the test ends.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace concert::test
