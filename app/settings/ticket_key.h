#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace concert {

// The key that signs tickets, by Ed25519 (RFC 8032).
class TicketKey {
 public:
  // `pem`: a private key as `openssl genpkey -algorithm ed25519` writes it. Throws
  // std::invalid_argument with the rest of a sentence on what is wrong if it is none.
  explicit TicketKey(const std::string& pem);

  // 64 bytes.
  std::string sign(std::string_view text) const;
  bool has_signed(std::string_view text, std::string_view signature) const;

  // 32 bytes, which anybody may know.
  std::string public_key() const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace concert
