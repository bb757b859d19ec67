#include "service/sale/expire_holds.h"

#include <algorithm>

#include "store/session/transaction.h"

namespace concert {

std::size_t ExpireHolds::batch() {
  return run_transaction(backend_.db, [&] {
    auto lapsed = backend_.reservations.lock_lapsed(kBatch);
    if (lapsed.empty()) return lapsed.size();
    std::sort(lapsed.begin(), lapsed.end());
    backend_.reservations.expire(lapsed);
    // Seats that others have taken since carry another reservation and stay as they are.
    backend_.seats.release_all(lapsed);
    return lapsed.size();
  });
}

}  // namespace concert
