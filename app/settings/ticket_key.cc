#include "settings/ticket_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>

#include "domain/check.h"

namespace concert {
namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kPublicKeyBytes = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// A program does not ask at the terminal for the password of a key.
int no_password(char*, int, int, void*) { return -1; }

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

DigestContext new_context() { return {EVP_MD_CTX_new(), &EVP_MD_CTX_free}; }

}  // namespace

TicketKey::TicketKey(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  key_ = {PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr), &EVP_PKEY_free};
  if (key_ && EVP_PKEY_base_id(key_.get()) == EVP_PKEY_ED25519) return;
  throw std::invalid_argument(
      "not an Ed25519 private key in PEM, without a password. Make one with `openssl genpkey "
      "-algorithm ed25519`.");
}

std::string TicketKey::sign(std::string_view text) const {
  const DigestContext context = new_context();
  std::string signature(kSignatureBytes, '\0');
  std::size_t length = signature.size();
  const bool is_signed =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), bytes_of(signature), &length, bytes_of(text), text.size()) == 1;
  check(is_signed && length == kSignatureBytes, "an Ed25519 key signs");
  return signature;
}

bool TicketKey::has_signed(std::string_view text, std::string_view signature) const {
  const DigestContext context = new_context();
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

std::string TicketKey::public_key() const {
  std::string key(kPublicKeyBytes, '\0');
  std::size_t length = key.size();
  const bool is_read = EVP_PKEY_get_raw_public_key(key_.get(), bytes_of(key), &length) == 1;
  check(is_read && length == kPublicKeyBytes, "an Ed25519 key has a public half");
  return key;
}

}  // namespace concert
