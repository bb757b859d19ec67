#include "support/fastcgi_request.h"

#include <algorithm>

namespace concert::test {

FastCgiRequest::FastCgiRequest(std::vector<std::string> parameters, std::string body,
                               std::size_t piece)
    : parameters_(std::move(parameters)), body_(std::move(body)), piece_(piece) {
  for (std::string& parameter : parameters_) environment_.push_back(parameter.data());
  environment_.push_back(nullptr);
  stream_.isReader = 1;
  stream_.fillBuffProc = fill;
  stream_.data = this;
  request_.in = &stream_;
  request_.envp = environment_.data();
}

void FastCgiRequest::fill(FCGX_Stream* stream) {
  auto& self = *static_cast<FastCgiRequest*>(stream->data);
  const std::size_t size = std::min(self.piece_, self.body_.size() - self.given_);
  if (size == 0) {
    stream->isClosed = 1;
    return;
  }
  stream->rdNext = reinterpret_cast<unsigned char*>(self.body_.data()) + self.given_;
  stream->stopUnget = stream->rdNext;
  stream->stop = stream->rdNext + size;
  stream->wrNext = stream->stop;
  self.given_ += size;
}

}  // namespace concert::test
