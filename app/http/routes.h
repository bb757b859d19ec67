#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "http/ahead.h"
#include "http/app.h"
#include "http/request.h"
#include "http/response.h"

namespace concert {

// The names of the routes, in the order in which Metrics counts them; the last stands for requests
// that fit none.
std::vector<std::string> route_names();

// Decides whether the request is to be turned away; if not, finds its route and notes in `ahead`
// what its handler will read. Never throws.
void look_ahead(App& app, Request& request, Ahead& ahead);

// Answers a request: finds its route, runs its handler, turns every refusal and failure into a
// problem, counts it and the time since it was taken. Never throws.
Response answer(App& app, Request& request);

}  // namespace concert
