// `-info` and `-v`: what this program is.
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/shim/binary/actions.h"
#include "runtime/shim/wire/bootstrap.h"
#include "runtime/shim/wire/message.h"
#include "security/seccomp.h"

namespace shim {
namespace {

constexpr size_t kInputLimit = 1 << 20;

// The same object as `nacelle features` prints.
wire::Any features() {
  return {std::string(wire::kTypeFeatures),
          lifecycle::features({{"io.github.seccomp.libseccomp.version", security::libseccomp_version()},
                               {"io.nacelle.version", NACELLE_VERSION},
                               {"io.nacelle.commit", NACELLE_COMMIT}})};
}

}  // namespace

Result<> run_info() {
  const std::string bytes = TRY_IN("standard input", read_all(STDIN_FILENO, kInputLimit));
  auto options = TRY_IN("standard input: no options", wire::decode<wire::Any>(bytes));
  wire::RuntimeInfo info{.name = "io.containerd.nacelle.v2",
                         .version = wire::RuntimeVersion{.version = NACELLE_VERSION, .revision = NACELLE_COMMIT},
                         .features = features()};
  if (!options.type_url.empty()) info.options = std::move(options);
  return write_all(STDOUT_FILENO, wire::encode(info));
}

Result<> run_version() {
  return write_all(STDOUT_FILENO, cat("containerd-shim-nacelle-v2:\n  Version:  ", NACELLE_VERSION,
                                      "\n  Revision: ", NACELLE_COMMIT, "\n"));
}

}  // namespace shim
