#pragma once

#include <vector>

#include "service/backend.h"
#include "store/admin/audit_store.h"

namespace concert {

// Checks every invariant on one consistent snapshot. Returns the breaches; none is good.
std::vector<Breach> audit(Backend& backend);

}  // namespace concert
