// What containerd names for one stream: a path, or SCHEME://PATH.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace shim {

struct Address {
  enum class Kind {
    none,    // empty: /dev/null
    path,    // a fifo, or a file or device that is there already
    fifo,    // fifo://PATH
    file,    // file://PATH, made when it is missing
    logger,  // binary://PATH?KEY=VALUE&…, binary-v2:// likewise
  };
  Kind kind = Kind::none;
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  // of a logger; each key once
  bool must_report_ready = false;                          // binary-v2: the end of file is no readiness
};

// Errors say what is wrong with the text, which is in them.
Result<Address> parse_address(const std::string& text);

// The fifo that a process's input comes from. `writer` keeps the end of file away while containerd is not there, until
// it is closed. Neither open blocks.
struct InputFifo {
  Fd reader, writer;
};
Result<InputFifo> open_input(const Address& address);

// Where a process's output goes, non-blocking; /dev/null for none. A fifo is opened for reading as well: so the open
// does not wait for a reader, and when containerd restarts, nothing is lost and no write fails (EPIPE). Files and
// devices are appended to. Not for a logger.
Result<Fd> open_output(const Address& address);

}  // namespace shim
