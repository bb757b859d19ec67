#include "ctl/run.h"

int main(int argc, char** argv) { return concert::run_concertctl({argv + 1, argv + argc}); }
