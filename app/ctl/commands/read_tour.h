#pragma once

#include <string>

#include "domain/concert.h"

namespace concert {

// Reads the text of a file as `concert import` takes it: docs/tour.example.json. Throws UsageError
// that names the place: concerts[0].dates[2].seats[1].price.
Tour read_tour(const std::string& text);

}  // namespace concert
