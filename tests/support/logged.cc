#include "support/logged.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <stdexcept>

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

}  // namespace concert::test
