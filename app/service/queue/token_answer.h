#pragma once

#include <random>
#include <string>

#include "service/access/token_text.h"
#include "service/queue/positions.h"
#include "settings/settings.h"

namespace concert {

// What a user is told about a live token.
struct TokenAnswer {
  std::string token;  // its text, signed
  UserId user;
  QueueId queue;
  TokenState state = TokenState::waiting;  // waiting or active
  // 0 while active; nothing before the draw of an entry.
  std::optional<std::int64_t> position = 0;
  std::optional<std::int64_t> place{};  // nothing while active, and before the draw of an entry
  std::optional<std::int64_t> entry{};  // nothing if the user did not register before an opening
  QueuePhase phase = QueuePhase::open;
  std::optional<Instant> opens_at{};  // nothing without an opening
  std::optional<std::int64_t> estimated_wait_s;
  std::int64_t poll_after_s = 1;
  Instant expires_at;
  Instant now;
  // Nothing while active.
  std::optional<QueueMessage> message{};
  std::optional<ShownStock> stock{};
};

// Composes answers about tokens, and signs their texts.
class AnswerToken {
 public:
  AnswerToken(const TokenText& text, const Settings& settings)
      : text_(text), settings_(settings), life_(settings.token_life()) {}

  TokenAnswer active(const Token& token, const TokenNumbers& numbers, Instant now);

  // `told`: the last position that the user was told, if any. The answer's is never greater.
  TokenAnswer waiting(const Token& token, const FoundPosition& found,
                      std::optional<std::int64_t> told, Instant now);

 private:
  TokenAnswer answer_of(const Token& token, Instant now) const;
  // What is told of a wait that has a place, and of one that waits for the draw.
  void tell_position(TokenAnswer& answer, const FoundPosition& found,
                     std::optional<std::int64_t> told);
  void tell_opening(TokenAnswer& answer, const Opening& opening);

  double jitter() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }

  const TokenText& text_;
  const Settings& settings_;
  TokenLife life_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace concert
