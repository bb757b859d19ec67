#pragma once

#include <string>
#include <vector>

#include "domain/concert.h"
#include "service/backend.h"

namespace concert {

// What is wrong with a concert's title or venue, as in "must be ..."; empty: nothing.
std::string fault_of_name(const std::string& text);

// Takes the concerts' lists of dates out of the cache, so that added dates are listed at once. If
// memcached does not answer, stderr says so; the lists then have the dates within two seconds,
// because each worker compares a cached list with the database's catalogue.
void invalidate_date_lists(Backend& backend, const std::vector<ConcertId>& concerts);

// Reads the text of a file as `concert import` takes it: docs/tour.example.json. Throws UsageError
// that names the place: concerts[0].dates[2].seats[1].price.
Tour read_tour(const std::string& text);

}  // namespace concert
