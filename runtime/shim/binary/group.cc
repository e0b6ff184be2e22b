#include "runtime/shim/binary/group.h"

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/oci/reader.h"
#include "sandbox/images/digest.h"

namespace shim {
namespace {

constexpr size_t kLongestPath = 106;
constexpr std::string_view kScheme = "unix://";

}  // namespace

Result<std::string> read_group(const std::string& bundle, const std::string& id) {
  const auto text = read_file(join_path(bundle, "config.json"));
  if (!text && text.error().err == ENOENT) return id;
  if (!text) return std::unexpected(text.error());
  const oci::Document config = TRY(oci::parse_document("config.json", *text));
  const oci::Reader annotations = config.top().field("annotations");
  for (const char* key : {"io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"}) {
    const oci::Reader annotation = annotations.field(key);
    if (annotation.is_empty()) continue;
    std::string group = TRY(annotation.string());
    // "../NAMESPACE/ID" would be the shim of somebody else.
    if (group == "." || group == ".." || group.find('/') != group.npos)
      return annotation.fail(cat(quoted(group), " is not a name"));
    return group;
  }
  return id;
}

Result<std::string> socket_path(const std::string& dir, const std::string& containerd_address, const std::string& ns,
                                const std::string& group) {
  const std::string named = clean_path(cat("/", containerd_address, "/", ns, "/", group));
  std::string path = cat(dir, "/", images::hex_of(images::digest_of(named)));
  if (path.size() > kLongestPath)
    return fail(cat("socket ", quoted(path), ": longer than ", kLongestPath, " bytes"),
                "a socket directory of at most 41 bytes");
  return path;
}

std::string address_of(const std::string& path) {
  return cat(kScheme, path);
}

std::string path_of(const std::string& address) {
  return address.starts_with(kScheme) ? address.substr(kScheme.size()) : address;
}

}  // namespace shim
