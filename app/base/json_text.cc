#include "base/json_text.h"

#include <memory>
#include <sstream>

namespace concert {

std::string json_text(const Json::Value& value) {
  // Making a writer costs more than writing: one is kept.
  static const std::unique_ptr<Json::StreamWriter> writer = [] {
    Json::StreamWriterBuilder builder;
    builder["indentation"] = "";
    builder["emitUTF8"] = true;
    return std::unique_ptr<Json::StreamWriter>(builder.newStreamWriter());
  }();
  std::ostringstream out;
  writer->write(value, &out);
  return out.str();
}

}  // namespace concert
