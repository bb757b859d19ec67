#include "fuzz/json_grammar.h"

#include <algorithm>

namespace concert::fuzz {
namespace {

// Takes what fits off the front of the text; each take_ says whether something did.
class Grammar {
 public:
  explicit Grammar(std::string_view text) : rest_(text) {}

  bool is_object() {
    skip_space();
    if (rest_.empty() || rest_.front() != '{' || !take_value(0)) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  static constexpr int kDeepest = 1000;

  bool take(std::string_view word) {
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool take_any(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_space() {
    while (take_any(" \t\r\n")) continue;
  }
  bool take_digits() {
    if (!take_any("0123456789")) return false;
    while (take_any("0123456789")) continue;
    return true;
  }

  bool take_number() {
    take("-");
    if (!take("0") && (rest_.substr(0, 1) == "0" || !take_digits())) return false;
    if (take(".") && !take_digits()) return false;
    if (!take_any("eE")) return true;
    take_any("+-");
    return take_digits();
  }

  bool take_escape() {
    if (take_any("\"\\/bfnrt")) return true;
    if (!take("u")) return false;
    for (int i = 0; i < 4; ++i) {
      if (!take_any("0123456789abcdefABCDEF")) return false;
    }
    return true;
  }

  bool take_string() {
    if (!take("\"")) return false;
    while (!take("\"")) {
      if (rest_.empty() || static_cast<unsigned char>(rest_.front()) < 0x20U) return false;
      if (take("\\")) {
        if (!take_escape()) return false;
      } else {
        rest_.remove_prefix(1);
      }
    }
    return true;
  }

  bool take_member(bool named, int depth) {
    skip_space();
    if (named) {
      if (!take_string()) return false;
      skip_space();
      if (!take(":")) return false;
    }
    if (!take_value(depth)) return false;
    skip_space();
    return true;
  }

  // The rest of an object or a list, whose opening has been taken.
  bool take_members(bool named, int depth) {
    const std::string_view closing = named ? "}" : "]";
    skip_space();
    if (take(closing)) return true;
    do {
      if (!take_member(named, depth)) return false;
    } while (take(","));
    return take(closing);
  }

  bool take_value(int depth) {
    if (depth > kDeepest) return false;
    skip_space();
    if (take("{")) return take_members(true, depth + 1);
    if (take("[")) return take_members(false, depth + 1);
    if (take("true") || take("false") || take("null")) return true;
    return rest_.substr(0, 1) == "\"" ? take_string() : take_number();
  }

  std::string_view rest_;
};

}  // namespace

bool is_json_object(std::string_view text) { return Grammar(text).is_object(); }

}  // namespace concert::fuzz
