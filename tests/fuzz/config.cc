// config.json, and all that is worked out from it before anything exists: limits, seccomp, the child's plan as printed.
#include <sched.h>

#include "cgroups/plan.h"
#include "runtime/oci/spec.h"
#include "sandbox/plan_devices.h"
#include "sandbox/plan_mounts.h"
#include "sandbox/plan_namespaces.h"
#include "sandbox/plan_process.h"
#include "sandbox/plan_rootfs.h"
#include "security/seccomp.h"
#include "tests/fuzz/fuzz.h"

namespace {

Result<std::string> plan(const oci::Spec& spec) {
  sandbox::Plan plan;
  sandbox::MountContext context{.bundle = "/bundle", .mount_label = spec.mount_label, .cgroup = "/sys/fs/cgroup/web"};
  context.user_namespace = sandbox::has_namespace(spec.namespaces, CLONE_NEWUSER);
  sandbox::plan_identity(plan, spec.namespaces, "_ses.web", spec.hostname, spec.domainname);
  int16_t root = TRY(sandbox::plan_rootfs(plan, spec.root, spec.rootfs_propagation,
                                          sandbox::has_namespace(spec.namespaces, CLONE_NEWUSER)));
  TRY(sandbox::plan_mounts(plan, root, spec.mounts, context));
  TRY(sandbox::plan_devices(plan, root, spec.devices, context.user_namespace));
  sandbox::plan_working_directory(plan, root, spec.process ? spec.process->cwd : "/");
  sandbox::plan_sysctls(plan, sandbox::plan_proc(plan), spec.sysctl);
  sandbox::plan_hidden_paths(plan, root, spec.masked_paths, spec.readonly_paths, "/run/nacelle/.empty");
  sandbox::plan_switch_root(plan, root, spec.root, spec.rootfs_propagation, true);
  if (spec.process) sandbox::plan_process(plan, *spec.process, {});
  fuzz::demand(plan.image().size() > sizeof(sandbox::Header), "a plan has an image");
  return plan.print();
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = oci::read_spec(fuzz::text_of(data, size), "/bundle");
  const oci::Spec* spec = fuzz::value_of(read);
  if (!spec) return 0;
  (void)fuzz::value_of(cgroups::plan(spec->resources));
  if (spec->seccomp) (void)fuzz::value_of(security::compile(*spec->seccomp));
  (void)fuzz::value_of(plan(*spec));
  return 0;
}
