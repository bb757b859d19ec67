#include "ctl/top/scrape.h"

#include <algorithm>
#include <cmath>

#include "base/parse_number.h"

namespace concert {
namespace {

// Reads from the front of a line.
class SampleLine {
 public:
  explicit SampleLine(std::string_view line) : rest_(line) {}

  std::string name() {
    const auto is_part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == ':';
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_part);
    std::string found(rest_.begin(), end);
    rest_.remove_prefix(found.size());
    return found;
  }

  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Nothing unless a value in quotes is next.
  std::optional<std::string> quoted() {
    std::string text;
    if (!skip('"')) return std::nullopt;
    while (!rest_.empty() && rest_.front() != '"') {
      const bool is_escape = skip('\\');
      if (rest_.empty()) return std::nullopt;
      text += is_escape && rest_.front() == 'n' ? '\n' : rest_.front();
      rest_.remove_prefix(1);
    }
    return skip('"') ? std::optional(text) : std::nullopt;
  }

  // Nothing unless `{key="value",...}`, or no brace at all, is next.
  std::optional<Scrape::Labels> labels() {
    Scrape::Labels found;
    if (!skip('{')) return found;
    while (!skip('}')) {
      const std::string key = name();
      if (key.empty() || !skip('=')) return std::nullopt;
      auto value = quoted();
      if (!value) return std::nullopt;
      found[key] = std::move(*value);
      if (!skip(',') && !rest_.starts_with('}')) return std::nullopt;
    }
    return found;
  }

  // A finite value; a time stamp behind it is ignored.
  std::optional<double> value() {
    if (!skip(' ')) return std::nullopt;
    skip('+');
    const auto number = take_number<double>(rest_);
    if (!number || !std::isfinite(*number)) return std::nullopt;
    return rest_.empty() || rest_.front() == ' ' ? number : std::nullopt;
  }

 private:
  std::string_view rest_;
};

bool has_all(const Scrape::Labels& all, const Scrape::Labels& wanted) {
  return std::includes(all.begin(), all.end(), wanted.begin(), wanted.end());
}

double grown(const Scrape& before, const std::string& name, const Scrape::Sample& now) {
  const double then = before.value(name, now.labels).value_or(0);
  return now.value >= then ? now.value - then : now.value;
}

}  // namespace

Scrape Scrape::parse(std::string_view text) {
  Scrape scrape;
  while (!text.empty()) {
    const auto end = text.find('\n');
    SampleLine line(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::string name = line.name();
    if (name.empty()) continue;
    auto labels = line.labels();
    const auto value = labels ? line.value() : std::nullopt;
    if (value) scrape.families_[name].push_back({std::move(*labels), *value});
  }
  return scrape;
}

const std::vector<Scrape::Sample>& Scrape::of(const std::string& name) const {
  static const std::vector<Sample> none;
  const auto found = families_.find(name);
  return found == families_.end() ? none : found->second;
}

std::optional<double> Scrape::value(const std::string& name, const Labels& labels) const {
  for (const Sample& sample : of(name)) {
    if (sample.labels == labels) return sample.value;
  }
  return std::nullopt;
}

double Scrape::sum(const std::string& name, const Labels& labels) const {
  double sum = 0;
  for (const Sample& sample : of(name))
    if (has_all(sample.labels, labels)) sum += sample.value;
  return sum;
}

std::map<std::string, double> Interval::growth_by(const std::string& name, const std::string& by,
                                                  const Scrape::Labels& labels) const {
  std::map<std::string, double> sums;
  for (const Scrape::Sample& now : after.of(name)) {
    const auto label = now.labels.find(by);
    if (label != now.labels.end() && has_all(now.labels, labels))
      sums[label->second] += grown(before, name, now);
  }
  return sums;
}

double Interval::growth(const std::string& name, const Scrape::Labels& labels) const {
  double sum = 0;
  for (const Scrape::Sample& now : after.of(name)) {
    if (has_all(now.labels, labels)) sum += grown(before, name, now);
  }
  return sum;
}

}  // namespace concert
