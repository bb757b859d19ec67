#include "domain/token.h"

#include "domain/check.h"

namespace concert {

std::string_view to_text(TokenState state) {
  switch (state) {
    case TokenState::waiting: return "WAITING";
    case TokenState::active: return "ACTIVE";
    case TokenState::used: return "USED";
    case TokenState::left: return "LEFT";
    case TokenState::expired: return "EXPIRED";
    case TokenState::records: return "RECORDS";
  }
  throw Bug("no such token state");
}

TokenState token_state(std::string_view text) {
  for (const auto state : {TokenState::waiting, TokenState::active, TokenState::used,
                           TokenState::left, TokenState::expired, TokenState::records}) {
    if (to_text(state) == text) return state;
  }
  throw Bug("the database holds an unknown token state");
}

}  // namespace concert
