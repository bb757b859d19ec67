#include "base/version.h"

namespace concert {

const char* program_version() { return CONCERT_VERSION; }

}  // namespace concert
