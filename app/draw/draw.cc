#include "draw/draw.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "domain/check.h"

namespace concert {
namespace {

// Most comparisons need no more of a code than its first 8 bytes.
struct Ranked {
  std::uint64_t prefix;
  std::uint32_t entry;
};

std::uint64_t prefix_of(const Digest& code) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8U | code[i];
  return prefix;
}

Digest code_of_entry(const HmacSha256& hmac, std::uint64_t entry) {
  std::array<char, 8> message{};
  for (std::size_t i = 0; i < message.size(); ++i)
    message[i] = static_cast<char>(entry >> (8 * (7 - i)) & 0xFFU);
  return hmac.of({{message.data(), message.size()}});
}

std::uint32_t count_of(const DrawInput& input) {
  check(input.entries >= 0 && input.entries <= kMostEntries, "a draw has up to 2^32 - 1 entries");
  return static_cast<std::uint32_t>(input.entries);
}

}  // namespace

std::string commitment_of(std::string_view seed) {
  check(seed.size() == kSeedBytes, "a seed has 32 bytes");
  return hex(bytes_of(sha256({seed})));
}

std::int64_t opening_id_of(const std::string& commitment) {
  constexpr std::size_t kDigits = 15;
  return std::max<std::int64_t>(1, std::stoll(commitment.substr(0, kDigits), nullptr, 16));
}

Digest draw_key(const DrawInput& input) {
  check(input.seed.size() == kSeedBytes, "a seed has 32 bytes");
  return sha256({input.seed, input.public_value, std::to_string(count_of(input))});
}

std::vector<std::uint32_t> in_order_of_codes(std::uint32_t count,
                                             const std::function<Digest(std::uint32_t)>& code_of) {
  std::vector<Ranked> ranked(count);
  for (std::uint32_t i = 0; i < count; ++i) ranked[i] = {prefix_of(code_of(i + 1)), i + 1};
  std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    if (a.entry == b.entry) return false;
    return std::pair(code_of(a.entry), a.entry) < std::pair(code_of(b.entry), b.entry);
  });
  std::vector<std::uint32_t> order(count);
  std::transform(ranked.begin(), ranked.end(), order.begin(),
                 [](const Ranked& r) { return r.entry; });
  return order;
}

DrawDamaged::DrawDamaged()
    : std::runtime_error(
          "The memory of a draw was changed: two entries have the same place. Restart concertd, "
          "which makes the draw again.") {}

Draw::Draw(const DrawInput& input) : count_(count_of(input)) {
  const Digest key = draw_key(input);
  const HmacSha256 hmac(bytes_of(key));
  const auto order = in_order_of_codes(
      count_of(input), [&](std::uint32_t entry) { return code_of_entry(hmac, entry); });
  const auto numbers = std::make_shared<std::vector<std::uint32_t>>(2 * count_);
  for (std::size_t i = 0; i < count_; ++i) {
    (*numbers)[order[i] - 1] = static_cast<std::uint32_t>(i + 1);
    (*numbers)[count_ + i] = order[i];
  }
  numbers_ = {numbers, numbers->data()};
}

// The counterpart of `number` in the array that begins at `from`; 0 unless `number` is the
// counterpart of that in the array that begins at `back`.
std::size_t Draw::find(std::size_t number, std::size_t from, std::size_t back) const {
  const std::size_t other = numbers_.get()[from + number - 1];
  const bool agrees = other >= 1 && other <= count_ && numbers_.get()[back + other - 1] == number;
  return agrees ? other : 0;
}

std::int64_t Draw::counterpart(std::int64_t number, std::size_t from, std::size_t back) const {
  check(number >= 1 && number <= entries(), "entries and places of a draw are from 1 to N");
  const std::size_t other = find(static_cast<std::size_t>(number), from, back);
  if (other == 0) throw DrawDamaged();
  return static_cast<std::int64_t>(other);
}

bool Draw::is_whole() const {
  for (std::size_t entry = 1; entry <= count_; ++entry) {
    if (find(entry, 0, count_) == 0) return false;
  }
  return true;
}

std::string_view Draw::bytes() const {
  return {reinterpret_cast<const char*>(numbers_.get()), 2 * count_ * sizeof(std::uint32_t)};
}

}  // namespace concert
