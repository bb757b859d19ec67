#pragma once

namespace concert {

// The version of the programs, as CMakeLists.txt has it.
const char* program_version();

}  // namespace concert
