#include "support/logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "support/files.h"
#include "support/process.h"

namespace concert::test {

namespace {

// stderr leads to a file while this lives.
class Diverted {
 public:
  explicit Diverted(const std::string& file) : saved_(::dup(STDERR_FILENO)) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(fd, STDERR_FILENO);
    ::close(fd);
  }
  ~Diverted() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  Diverted(const Diverted&) = delete;
  Diverted& operator=(const Diverted&) = delete;

 private:
  int saved_;
};

}  // namespace

std::string logged_by(const std::function<void()>& call) {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/stderr";
  {
    const Diverted diverted(file);
    call();
  }
  return text_of(file);
}

std::vector<Json::Value> log_lines(const std::string& text) {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  std::vector<Json::Value> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Json::Value value;
    if (!reader->parse(line.data(), line.data() + line.size(), &value, nullptr) ||
        !value.isObject())
      throw std::runtime_error("not a log line: " + line);
    lines.push_back(std::move(value));
  }
  return lines;
}

namespace {

// A header, a payload that is an object, and a signature, all in base64url.
bool has_jwt(const std::string& text) {
  const auto part = [&](std::size_t from) {
    constexpr char kBase64url[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return std::min(text.find_first_not_of(kBase64url, from), text.size());
  };
  for (auto at = text.find("eyJ"); at != std::string::npos; at = text.find("eyJ", at + 1)) {
    const auto dot = part(at);
    if (text.compare(dot, 4, ".eyJ") != 0) continue;
    const auto second = part(dot + 1);
    if (second < text.size() && text[second] == '.' && part(second + 1) - second > 20) return true;
  }
  return false;
}

}  // namespace

std::string secrets_in_logs(const std::string& folder, const std::vector<std::string>& more) {
  std::vector<std::string> secrets = more;
  std::string key = text_of(folder + "/token.key");
  while (!key.empty() && key.back() == '\n') key.pop_back();
  if (!key.empty()) secrets.push_back(key);
  std::string found;
  std::size_t read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".log") continue;
    const std::string text = text_of(entry.path());
    read += text.size();
    if (has_jwt(text)) found += fmt::format("a token is in {}\n", entry.path().string());
    for (const std::string& secret : secrets) {
      if (text.find(secret) != std::string::npos)
        found += fmt::format("{} is in {}\n", secret, entry.path().string());
    }
  }
  return read > 0 ? found : "nothing was logged in " + folder;
}

}  // namespace concert::test
