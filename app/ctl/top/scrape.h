#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concert {

// What /metrics showed at one moment.
class Scrape {
 public:
  using Labels = std::map<std::string, std::string>;
  struct Sample {
    Labels labels;
    double value = 0;
  };

  // Reads the Prometheus text format. Leaves out a line that is not of it or has no finite value.
  static Scrape parse(std::string_view text);

  bool empty() const { return families_.empty(); }
  // All samples of that name; may be empty.
  const std::vector<Sample>& of(const std::string& name) const;
  // The sample with exactly these labels.
  std::optional<double> value(const std::string& name, const Labels& labels = {}) const;
  // All samples that have these labels, added up.
  double sum(const std::string& name, const Labels& labels = {}) const;

 private:
  std::map<std::string, std::vector<Sample>> families_;
};

// Two scrapes, and the time from one to the other.
struct Interval {
  Scrape before;
  Scrape after;
  double seconds = 1;

  // How much the counters of that name with these labels have grown, added up. A counter that has
  // shrunk was reset in between: it has grown from 0.
  double growth(const std::string& name, const Scrape::Labels& labels = {}) const;
  // The same for each value of the label `by`.
  std::map<std::string, double> growth_by(const std::string& name, const std::string& by,
                                          const Scrape::Labels& labels = {}) const;
};

}  // namespace concert
