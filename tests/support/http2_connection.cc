#include "support/http2_connection.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace concert::test {
namespace {

constexpr int kData = 0;
constexpr int kHeaders = 1;
constexpr int kResetStream = 3;
constexpr int kSettings = 4;
constexpr int kEndStream = 1;
constexpr int kEndHeaders = 4;
constexpr std::size_t kFrameHead = 9;

std::string bytes_of(std::uint32_t number, int count) {
  std::string bytes;
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift & 0xFFU);
  return bytes;
}

std::uint32_t number_of(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

// HPACK: a length in seven bits and as many bytes more as it takes, then the text as it is.
std::string hpack_text(const std::string& text) {
  constexpr std::size_t kMostInPrefix = 127;
  std::string coded;
  if (text.size() < kMostInPrefix) {
    coded += static_cast<char>(text.size());
  } else {
    coded += static_cast<char>(kMostInPrefix);
    std::size_t rest = text.size() - kMostInPrefix;
    for (; rest >= 128; rest >>= 7U) coded += static_cast<char>(rest % 128 + 128);
    coded += static_cast<char>(rest);
  }
  return coded + text;
}

// nginx writes the status first: by a number of HPACK's table, or its name's number and its digits.
int status_of(std::string_view block) {
  while (!block.empty() && (block[0] & 0xE0) == 0x20) block.remove_prefix(1);  // a table's size
  if (block.size() < 5) return 0;
  static const std::map<int, int> kKnown{{8, 200},  {9, 204},  {10, 206}, {11, 304},
                                         {12, 400}, {13, 404}, {14, 500}};
  const int first = static_cast<unsigned char>(block[0]);
  if (first >= 0x80) {
    const auto known = kKnown.find(first & 0x7F);
    return known == kKnown.end() ? 0 : known->second;
  }
  return (first & 0x3F) == 8 ? std::atoi(std::string(block.substr(2, 3)).c_str()) : 0;
}

}  // namespace

Http2Connection::Http2Connection(int port, Bodies bodies) : connection_(port) {
  constexpr std::uint32_t kInitialWindowSize = 4;
  connection_.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  send_frame(kSettings, 0, 0,
             bodies == Bodies::read ? "" : bytes_of(kInitialWindowSize, 2) + bytes_of(0, 4));
}

int Http2Connection::request(const std::string& method, const std::string& path,
                             const Headers& headers, const std::string& body) {
  if (body.empty()) return send_headers(kEndStream, method, path, headers);
  Headers all{{"content-length", std::to_string(body.size())}};
  all.insert(all.end(), headers.begin(), headers.end());
  const int stream = send_headers(0, method, path, all);
  send_frame(kData, kEndStream, stream, body);
  return stream;
}

int Http2Connection::begin(const std::string& method, const std::string& path,
                           const Headers& headers) {
  return send_headers(0, method, path, headers);
}

int Http2Connection::send_headers(int flags, const std::string& method, const std::string& path,
                                  const Headers& headers) {
  std::string block;
  const auto add = [&](const std::string& name, const std::string& value) {
    block += '\0' + hpack_text(name) + hpack_text(value);
  };
  add(":method", method);
  add(":scheme", "http");
  add(":authority", "x");
  add(":path", path);
  for (const auto& [name, value] : headers) add(name, value);
  const int stream = next_stream_;
  next_stream_ += 2;
  send_frame(kHeaders, kEndHeaders | flags, stream, block);
  return stream;
}

void Http2Connection::reset(int stream) const {
  constexpr std::uint32_t kCancel = 8;
  send_frame(kResetStream, 0, stream, bytes_of(kCancel, 4));
}

const std::map<int, int>& Http2Connection::statuses() {
  const std::string_view all = connection_.received();
  while (all.size() >= taken_ + kFrameHead) {
    const std::string_view head = all.substr(taken_, kFrameHead);
    const std::size_t length = number_of(head.substr(0, 3));
    if (all.size() < taken_ + kFrameHead + length) break;
    take_frame(head[3], static_cast<int>(number_of(head.substr(5))),
               std::string(all.substr(taken_ + kFrameHead, length)));
    taken_ += kFrameHead + length;
  }
  return statuses_;
}

void Http2Connection::take_frame(int type, int stream, const std::string& payload) {
  constexpr std::uint32_t kMaxConcurrentStreams = 3;
  constexpr std::size_t kSetting = 6;
  if (type == kHeaders) statuses_.emplace(stream, status_of(payload));
  if (type == kResetStream) statuses_.emplace(stream, kRefused);
  if (type != kSettings) return;
  for (std::size_t at = 0; at + kSetting <= payload.size(); at += kSetting) {
    const std::string_view setting = std::string_view(payload).substr(at, kSetting);
    if (number_of(setting.substr(0, 2)) == kMaxConcurrentStreams)
      max_concurrent_streams_ = static_cast<int>(number_of(setting.substr(2)));
  }
}

void Http2Connection::send_frame(int type, int flags, int stream,
                                 const std::string& payload) const {
  connection_.send(bytes_of(static_cast<std::uint32_t>(payload.size()), 3) +
                   static_cast<char>(type) + static_cast<char>(flags) +
                   bytes_of(static_cast<std::uint32_t>(stream), 4) + payload);
}

}  // namespace concert::test
