#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/ticket.h"
#include "settings/ticket_key.h"

namespace concert {

// What a ticket's code says. Whether the ticket is still valid, the database knows.
struct TicketClaims {
  TicketId ticket;
  DateId date;
  SeatNumber seat = 0;
  auto operator<=>(const TicketClaims&) const = default;
};

// The text that stands on a ticket, as a QR code perhaps, and that a door can check without the
// service: base64url(payload) "." base64url(signature), where the signature is of the text before
// the dot, and the payload is {"v":1,"t":<ticket>,"d":<date>,"s":<seat>}.
std::string ticket_code(const TicketKey& key, const TicketClaims& claims);

// What the code says if it is one that ticket_code() makes with this key, byte for byte; otherwise
// nothing.
std::optional<TicketClaims> read_ticket_code(const TicketKey& key, std::string_view code);

}  // namespace concert
