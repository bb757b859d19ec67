#pragma once

#include <sys/types.h>

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

// Runs `body(i)` for i in 0..count-1 in that many processes that all begin at the same moment;
// returns what each returned. A body must not throw; -1 stands for one that died.
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
