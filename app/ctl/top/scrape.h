#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concert {

// What /metrics told at one moment.
class Scrape {
 public:
  using Labels = std::map<std::string, std::string>;
  struct Sample {
    Labels labels;
    double value = 0;
  };

  // Reads the Prometheus text format. A line that is none of it, or whose
  // value is not finite, is left out.
  static Scrape parse(std::string_view text);

  bool empty() const { return families_.empty(); }
  // All samples of that name; none if there is no such name.
  const std::vector<Sample>& of(const std::string& name) const;
  // The one with exactly these labels.
  std::optional<double> value(const std::string& name, const Labels& labels = {}) const;

 private:
  std::map<std::string, std::vector<Sample>> families_;
};

// Two scrapes, and the time from one to the other.
struct Interval {
  Scrape before;
  Scrape after;
  double seconds = 1;

  // How much the counters of that name that have these labels have grown together. One that has
  // shrunk began anew in between, and has grown to what it is.
  double growth(const std::string& name, const Scrape::Labels& labels = {}) const;
  // The same, told apart by the label `by`.
  std::map<std::string, double> growth_by(const std::string& name, const std::string& by,
                                          const Scrape::Labels& labels = {}) const;
};

}  // namespace concert
