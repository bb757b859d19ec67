#include "support/race.h"

#include <algorithm>

#include "store/session/errors.h"

namespace concert::test {

int status_of(const std::function<void()>& call) {
  try {
    call();
    return 0;
  } catch (const Refusal& refusal) {
    return kind_of(refusal.reason()).status;
  } catch (const Busy&) {
    return 503;
  } catch (const DatabaseUnavailable&) {
    return 503;
  } catch (const std::exception&) {
    return 500;
  }
}

std::vector<int> race(const Settings& settings, int count,
                      const std::function<int(Services&, int)>& act) {
  Barrier connected(count);
  return in_parallel(count, [&](int i) {
    Services mine(settings);
    mine.number("SELECT 1");
    connected.arrive_and_wait();
    return act(mine, i);
  });
}

std::int64_t count_of(const std::vector<int>& results, int wanted) {
  return std::count(results.begin(), results.end(), wanted);
}

bool happens_within(int most, const std::function<bool()>& round) {
  for (int i = 0; i < most; ++i) {
    if (round()) return true;
  }
  return false;
}

}  // namespace concert::test
