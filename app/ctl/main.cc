#include "base/input_output.h"
#include "ctl/run.h"

int main(int argc, char** argv) {
  concert::guard_standard_streams();
  return concert::run_concertctl({argv + 1, argv + argc});
}
