#include "runtime/kube/sandbox/pause.h"

#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/oci/spec_json.h"
#include "sandbox/pause/program.h"

namespace kube {

Result<lifecycle::Created> start_pause(const PodContext& context, const std::string& oci_root, const std::string& id) {
  const std::string dir = cat(context.data_dir, "/sandbox"), rootfs = cat(dir, "/rootfs");
  TRY(make_directories(rootfs, 0755));
  TRY(replace_file(cat(rootfs, "/pause"), sandbox::pause_program(), 0555));
  // Root of the pod's user namespace makes /dev in it.
  if (!context.id_mappings.empty())
    if (const uid_t owner = context.id_mappings[0].host_id; chown(rootfs.c_str(), owner, owner) < 0)
      return fail_errno(errno, cat("give ", quoted(rootfs), " to the pod"));
  const oci::Spec spec = TRY(sandbox_spec(context, id, rootfs));
  lifecycle::CreateOptions options;
  options.root = oci_root;
  options.id = id;
  options.bundle = dir;
  options.start_at_once = true;
  const std::string text = oci::spec_to_json(spec);
  TRY(replace_file(cat(dir, "/config.json"), text));
  return lifecycle::create(options, spec, text);
}

}  // namespace kube
