# What makes a bug in the programs hard to exploit. tests/ops/hardening_test.cc checks
# the built programs for all of it.

# Programs load at unpredictable addresses. Not CMake's POSITION_INDEPENDENT_CODE: it would
# build the layers for shared libraries, where the compiler may inline less.
target_compile_options(concert_flags INTERFACE -fPIE)
target_link_options(concert_flags INTERFACE -pie)

# Overwritten return addresses are noticed, large frames cannot jump over the stack's guard page,
# and an index out of the range of a vector or a string ends the program.
target_compile_options(concert_flags INTERFACE -fstack-protector-strong -fstack-clash-protection)
target_compile_definitions(concert_flags INTERFACE _GLIBCXX_ASSERTIONS)

# Jumps and returns go where the compiler meant them to; x86 only.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  target_compile_options(concert_flags INTERFACE -fcf-protection=full)
endif()

# Imported functions are bound at the start, in a table that is read-only from then on; nothing is
# writable and executable.
target_link_options(concert_flags INTERFACE LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)

# GCC records a file's options in its debug information, where the test reads them; clang needs a flag.
target_compile_options(concert_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-grecord-command-line>)

# Copies into buffers whose size is known are checked at run time. It needs an optimizing build, and
# the sanitizers see more where it is left out.
if(NOT CONCERT_SANITIZE)
  target_compile_options(concert_flags INTERFACE
                         $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=3>)
endif()
