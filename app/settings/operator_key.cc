#include "settings/operator_key.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>

#include "base/encoding.h"

namespace concert {
namespace {

std::string curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return "";
  return {name.data(), length};
}

constexpr std::string_view kWhitespace = " \t\r\n";

// Whether `read`, one of OpenSSL's d2i functions, makes something of all of `bytes`.
template <class Read, class Free>
bool reads_whole(const std::string& bytes, Read read, Free release) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
  const unsigned char* at = begin;
  auto* const made = read(nullptr, &at, static_cast<long>(bytes.size()));
  release(made);
  return made != nullptr && at == begin + bytes.size();
}

bool is_der(const std::string& bytes) {
  const auto read_rsa = [](EVP_PKEY** into, const unsigned char** at, long length) {
    return d2i_PublicKey(EVP_PKEY_RSA, into, at, length);
  };
  return reads_whole(bytes, d2i_PUBKEY, EVP_PKEY_free) || reads_whole(bytes, d2i_X509, X509_free) ||
         reads_whole(bytes, d2i_PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free) ||
         reads_whole(bytes, read_rsa, EVP_PKEY_free);
}

// The bytes for which `text` stands in base64 or base64url, with or without padding and line
// breaks.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::size_t kGroup = 4;
  std::string plain;
  for (const char c : text) {
    if (kWhitespace.find(c) == std::string_view::npos) plain += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (plain.ends_with('=')) plain.pop_back();
  const std::size_t padding = (kGroup - plain.size() % kGroup) % kGroup;
  if (plain.empty() || padding == kGroup - 1) return std::nullopt;
  plain.append(padding, '=');
  std::string bytes(plain.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(plain.data()),
                                     static_cast<int>(plain.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

bool is_ssh(std::string_view text) {
  return text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-ssh-") ||
         text.starts_with("sk-ecdsa-");
}

// The name of its kind begins the blob, behind its length in four bytes.
bool is_ssh_blob(std::string_view bytes) {
  constexpr std::size_t kLength = 4;
  return bytes.size() > kLength && bytes.front() == '\0' && is_ssh(bytes.substr(kLength));
}

bool is_json_key(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  const auto has = [&](std::string_view name) { return text.find(name) != std::string_view::npos; };
  return has("\"keys\"") || has("\"kty\"") || has("\"jwks_uri\"");
}

bool has_pem(const std::string& key) { return key.find("-----BEGIN") != std::string::npos; }

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Null if `key` is not a public key in PEM.
PublicKey read_public_key(const std::string& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
  return {PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

}  // namespace

std::string_view document_kind(const std::string& key) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (has_pem(key)) return "a key or a certificate in PEM";
  std::string_view text = key;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(kWhitespace), text.size()));
  if (is_json_key(text)) return "a key in JSON (JWK or JWKS)";
  if (is_ssh(text) || text.starts_with("---- BEGIN SSH2")) return "an SSH key";
  // The reader of the file took a last newline away, which may be a byte of the key.
  if (is_der(key) || is_der(key + '\n')) return "a key in DER";
  if (const auto bytes = from_base64(text)) {
    if (is_ssh_blob(*bytes)) return "an SSH key";
    if (is_der(*bytes)) return "a key in DER, in base64 without the lines of PEM around it";
  }
  if (text.find("-----") != std::string_view::npos) return "a PEM that is not whole";
  return "";
}

KeyAlgorithm key_algorithm(const std::string& key, std::string_view service) {
  if (!has_pem(key)) {
    if (const auto kind = document_kind(key); !kind.empty()) {
      throw std::invalid_argument(
          fmt::format("{}. Give the {}'s HS256 secret, or its public key as PEM: "
                      "`-----BEGIN PUBLIC KEY-----`, as `openssl pkey -pubout` writes it.",
                      kind, service));
    }
    constexpr std::size_t kLeastBytes = 32;
    if (key.size() < kLeastBytes) {
      throw std::invalid_argument(fmt::format(
          "a secret of fewer than 32 bytes. Check that it is the {}'s whole key.", service));
    }
    return KeyAlgorithm::hs256;
  }
  const PublicKey parsed = read_public_key(key);
  const int type = parsed ? EVP_PKEY_base_id(parsed.get()) : EVP_PKEY_NONE;
  // RFC 7518: RS256 needs 2048 bits or more, ES256 the curve P-256.
  constexpr int kLeastRsaBits = 2048;
  if (type == EVP_PKEY_RSA && EVP_PKEY_bits(parsed.get()) >= kLeastRsaBits)
    return KeyAlgorithm::rs256;
  if (type == EVP_PKEY_EC && curve_of(parsed.get()) == "prime256v1") return KeyAlgorithm::es256;
  if (type == EVP_PKEY_RSA)
    throw std::invalid_argument(
        fmt::format("an RSA key of fewer than 2048 bits. The {} needs another.", service));
  if (type == EVP_PKEY_EC)
    throw std::invalid_argument(fmt::format(
        "of a curve other than P-256, which ES256 needs. The {} needs another key.", service));
  throw std::invalid_argument(
      "not a PEM public key of kind RSA or EC. Export it with `openssl pkey -pubout`.");
}

bool is_same_key(const std::string& one, const std::string& other) {
  if (has_pem(one) && has_pem(other)) {
    const PublicKey first = read_public_key(one);
    const PublicKey second = read_public_key(other);
    if (first && second) return EVP_PKEY_eq(first.get(), second.get()) == 1;
  }
  constexpr std::string_view kEnds{" \t\r\n\0", 5};
  return trimmed(one, kEnds) == trimmed(other, kEnds);
}

}  // namespace concert
