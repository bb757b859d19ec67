#pragma once

#include <cstdint>

namespace concert {

// Makes the kernel end this process's TCP connections to that port of any host once the peer is
// silent for about 5 s: idle, with data under way, or asked for an answer. A host that is up
// acknowledges, however long its program takes. The client library has no setting for it.
void give_up_on_silent_peers(std::uint16_t port);

}  // namespace concert
