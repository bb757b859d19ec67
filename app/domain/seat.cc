#include "domain/seat.h"

#include "domain/check.h"

namespace concert {

std::string_view to_text(SeatStatus status) {
  switch (status) {
    case SeatStatus::available: return "AVAILABLE";
    case SeatStatus::held: return "HELD";
    case SeatStatus::sold: return "SOLD";
  }
  throw Bug("no such seat status");
}

}  // namespace concert
