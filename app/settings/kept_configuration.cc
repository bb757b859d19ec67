#include "settings/kept_configuration.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>

#include "base/command_line.h"
#include "base/encoding.h"
#include "base/input_output.h"
#include "base/log.h"
#include "base/settings_source.h"

namespace concert {
namespace {

// The one key whose value is a secret; for other secrets the configuration names files.
constexpr std::string_view kSecretKey = "database_url";
constexpr char kHeader[] =
    "# Written by concert-cron: the last good configuration, without its secrets.\n";
// A copy without this end is cut short and is not used: defaults would replace what it lacks.
constexpr char kFooter[] = "# That was all of it.\n";

constexpr std::string_view kBlank = " \t\r";

// A line without its comment, which may have an old password.
std::string statement_of(std::string_view line) {
  const std::string_view text = trimmed(line.substr(0, line.find('#')), kBlank);
  return text.starts_with(';') ? "" : std::string(text);
}

bool is_secret(std::string_view statement) {
  const auto sign = statement.find('=');
  return sign != std::string_view::npos && trimmed(statement.substr(0, sign), kBlank) == kSecretKey;
}

// What is kept of a good file.
std::string without_secrets(const std::string& content) {
  std::string kept = kHeader;
  std::istringstream in(content);
  for (std::string line; std::getline(in, line);) {
    const std::string statement = statement_of(line);
    if (!statement.empty() && !is_secret(statement)) kept += statement + "\n";
  }
  return kept + kFooter;
}

// The first complete line of a bad file that gives the secret. A line without a newline may be cut
// short.
std::string secret_line(const std::string& content) {
  std::istringstream in(content);
  for (std::string line; std::getline(in, line) && !in.eof();) {
    if (is_secret(statement_of(line))) return statement_of(line) + "\n";
  }
  return "";
}

std::string content_or_nothing(const std::string& path) {
  try {
    return read_file(path);
  } catch (const std::runtime_error&) {
    return "";
  }
}

// The copy; empty if there is no complete one.
std::string whole_copy(const std::string& path) {
  std::string copy = content_or_nothing(path);
  return copy.ends_with(kFooter) ? copy : "";
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

// Replaces a file atomically; only its owner can read it. Passes at the same time each write a
// temporary file of their own.
void replace_file(const std::string& path, const std::string& text) {
  const std::string made = fmt::format("{}.{}", path, ::getpid());
  const int fd = ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool is_written = fd >= 0 && write_all(fd, text);
  int why = errno;
  if (fd >= 0) ::close(fd);
  if (is_written) {
    if (std::rename(made.c_str(), path.c_str()) == 0) return;
    why = errno;
  }
  if (fd >= 0) ::unlink(made.c_str());
  log_warning(
      fmt::format("cannot write {}: {}. Without it a mistake in the configuration would stop the "
                  "passes. Check that folder and its disk.",
                  path, std::strerror(why)));
}

std::string refusal_path(const std::string& folder) { return folder + "/refusal"; }

// The file is valid as it is, but its writer may not be done.
struct HalfSaved : ConfigurationError {
  using ConfigurationError::ConfigurationError;
};

// Throws HalfSaved if the file changes within a moment.
void expect_settled(const std::string& file, const std::string& content,
                    const std::function<void()>& settle) {
  settle();
  if (content_or_nothing(file) != content) throw HalfSaved(file + ": the file is being written.");
}

// Throws HalfSaved if `content` looks like a half-written file.
void expect_whole(const std::string& file, const std::string& content,
                  const std::function<void()>& settle) {
  if (content.empty())
    throw HalfSaved(file + ": the file is empty. Restore it, or write at least a comment.");
  if (content.back() != '\n') {
    throw HalfSaved(
        file + ": the last line does not end, as in a file that is half saved. Add the newline.");
  }
  expect_settled(file, content, settle);
}

// Whether the secret is the last line and has no newline: it may be cut short, which the copy
// cannot show.
bool ends_in_secret(const std::string& content) {
  return is_secret(statement_of(content.substr(content.rfind('\n') + 1)));
}

}  // namespace

std::string state_directory() {
  const char* const given = std::getenv("STATE_DIRECTORY");
  return given == nullptr ? "" : given;
}

std::string state_directory_of(const std::string& config_file) {
  std::string given = state_directory();
  if (!given.empty() || config_file != kDefaultConfigFile) return given;
  return "/var/lib/concert-reservation";
}

void KeptConfiguration::wait_until_settled() {
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
}

std::string KeptConfiguration::last_refusal(const std::string& folder) {
  return folder.empty() ? "" : content_or_nothing(refusal_path(folder));
}

Settings KeptConfiguration::read(const std::function<void()>& settle) {
  if (folder_.empty()) return Settings::read(file_, program_);
  try {
    return read_file_or_copy(settle);
  } catch (const ConfigurationError&) {
    // It says that a run went on with the copy, and this one does not.
    ::unlink(refusal_path(folder_).c_str());
    throw;
  }
}

Settings KeptConfiguration::read_file_or_copy(const std::function<void()>& settle) {
  const std::string copy = whole_copy(copy_path());
  try {
    return read_file_or_throw(copy, settle);
  } catch (const ConfigurationError& error) {
    if (copy.empty()) throw;
    refusal_ = error.what();
    looks_half_saved_ = dynamic_cast<const HalfSaved*>(&error) != nullptr;
  }
  return go_on_with(copy);
}

Settings KeptConfiguration::read_file_or_throw(const std::string& copy,
                                               const std::function<void()>& settle) {
  const std::string content = read_configuration(file_);
  Settings settings = Settings::read_content(content, file_, program_);
  const std::string kept = without_secrets(content);
  if (kept != copy) {
    if (!copy.empty()) expect_whole(file_, content, settle);
    replace_file(copy_path(), kept);
  } else if (ends_in_secret(content)) {
    expect_settled(file_, content, settle);
  }
  ::unlink(refusal_path(folder_).c_str());
  return settings;
}

Settings KeptConfiguration::settings_of(const std::string& copy) const {
  const auto read = [&](const std::string& content) {
    return Settings::read_content(content, file_, program_, KeyCheck::own);
  };
  const std::string line = secret_line(content_or_nothing(file_));
  if (line.empty()) return read(copy);
  try {
    return read(copy + line);
  } catch (const ConfigurationError& error) {
    // The line may be the mistake: only the copy may find its secret elsewhere.
    try {
      return read(copy);
    } catch (const ConfigurationError&) {
      throw error;
    }
  }
}

Settings KeptConfiguration::go_on_with(const std::string& copy) {
  try {
    Settings settings = settings_of(copy);
    if (last_refusal(folder_) != refusal_) replace_file(refusal_path(folder_), refusal_);
    return settings;
  } catch (const ConfigurationError& error) {
    if (refusal_ == error.what()) throw;  // the environment is wrong, for both
    throw ConfigurationError(
        fmt::format("{}\nthe copy of the last good configuration, {}, cannot be used either: {}",
                    refusal_, copy_path(), error.what()));
  }
}

}  // namespace concert
