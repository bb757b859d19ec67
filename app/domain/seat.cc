#include "domain/seat.h"

#include "domain/check.h"

namespace concert {

std::string_view to_text(SeatState state) {
  switch (state) {
    case SeatState::available: return "AVAILABLE";
    case SeatState::held: return "HELD";
    case SeatState::sold: return "SOLD";
  }
  throw Bug("no such seat state");
}

}  // namespace concert
