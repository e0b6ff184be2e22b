#include "runtime/kube/supervisor/starter.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/api/volume_source.h"
#include "runtime/kube/sandbox/environment.h"
#include "runtime/kube/sandbox/image_volumes.h"
#include "runtime/kube/sandbox/labelled_root.h"
#include "runtime/kube/sandbox/pod_files.h"
#include "runtime/kube/sandbox/privileged.h"
#include "runtime/kube/sandbox/sub_paths.h"
#include "runtime/kube/sandbox/volume_labels.h"
#include "runtime/kube/sandbox/volumes.h"
#include "runtime/kube/supervisor/wording.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/spec_json.h"

namespace kube {
namespace {

using Step = StartFailure::Step;

std::unexpected<StartFailure> failed(Step step, const Error& error) {
  return std::unexpected(StartFailure{step, error.text()});
}

// The descriptors of a container that is being created.
struct Streams {
  Fd input, output, errors;  // what becomes its 0, 1 and 2
  FdPair console;            // with a terminal: sockets, ours and the lifecycle's
};

Result<Fd> open_null() {
  Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open()) return fail_errno(errno, "open '/dev/null'");
  return null;
}

// A terminal is made inside the container; its master comes back through the socket once it runs.
Result<Streams> open_console() {
  return Streams{.input = {}, .output = {}, .errors = {}, .console = TRY(socket_pair(SOCK_STREAM))};
}

Result<Streams> open_pipes(const Container& container, ContainerStreams& out) {
  Streams streams;
  if (container.stdin) {
    FdPair in = TRY(pipe_pair());
    streams.input = std::move(in.ours);
    out.input = std::move(in.theirs);
  } else {
    streams.input = TRY(open_null());
  }
  FdPair output = TRY(pipe_pair()), errors = TRY(pipe_pair());
  out.output = std::move(output.ours);
  out.errors = std::move(errors.ours);
  streams.output = std::move(output.theirs);
  streams.errors = std::move(errors.theirs);
  TRY(make_nonblocking(out.output.get()));
  TRY(make_nonblocking(out.errors.get()));
  return streams;
}

Result<Fd> receive_terminal(const Fd& console) {
  Received received = TRY(receive_descriptor(console.get(), 256));
  if (!received.fd.is_open()) return fail("the terminal did not arrive");
  TRY(make_nonblocking(received.fd.get()));
  return std::move(received.fd);
}

// What the container is given to open again by /dev/stdout and its siblings is its root's, who is not ours.
Result<> give_streams(const Streams& streams, const ContainerContext& context) {
  if (context.pod->id_mappings.empty() || context.container->tty) return {};
  const uid_t owner = context.pod->id_mappings[0].host_id + context.identity.user.uid;
  for (const Fd* stream : {&streams.output, &streams.errors})
    if (fchown(stream->get(), owner, static_cast<gid_t>(-1)) < 0) return fail_errno(errno, "give away an output");
  return {};
}

Result<> create(const ContainerContext& context, const std::string& oci_root, StartedContainer& out,
                const oci::Spec& spec) {
  const bool has_terminal = context.container->tty;
  const Streams streams = TRY(has_terminal ? open_console() : open_pipes(*context.container, out.streams));
  TRY(give_streams(streams, context));
  lifecycle::CreateOptions options;
  options.root = oci_root;
  options.id = context.id;
  options.bundle = context.dir;
  options.console = streams.console.theirs.get();
  options.stdio = {streams.input.get(), streams.output.get(), streams.errors.get()};
  options.start_at_once = true;
  const std::string text = oci::spec_to_json(spec);
  // The bundle, for whoever wants to see what was asked for.
  TRY(replace_file(cat(context.dir, "/config.json"), text));
  lifecycle::Created created = TRY(lifecycle::create(options, spec, text));
  out.init = std::move(created.init);
  if (has_terminal) out.streams.output = TRY(receive_terminal(streams.console.ours));
  return {};
}

// In the user namespace of the pod images' files belong to its ids. Not open when it has none of its own.
Result<Fd> open_user_namespace(const PodContext& pod) {
  if (pod.id_mappings.empty()) return Fd();
  const std::string path = cat("/proc/", pod.sandbox_pid, "/ns/user");
  Fd user_namespace(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!user_namespace.is_open()) return fail_errno(errno, "open the user namespace of the pod");
  return user_namespace;
}

// The image volumes that the container mounts.
StartResult<> make_images(const images::Store& store, const ContainerContext& context, const Fd& user_namespace) {
  const PodContext& pod = *context.pod;
  const images::RootfsView view{user_namespace.get(), context.confinement.shared_label};
  for (const Volume* volume : image_volumes_of(pod.pod->spec, *context.container)) {
    const Result<images::Image> image = images::find_image(store, volume->image->reference);
    if (!image)
      return std::unexpected(StartFailure{Step::image_missing, image.error().text(), volume->image->reference,
                                          volume->image->pull_policy});
    if (const Result<> made = make_image_volume(store, pod.data_dir, volume->name, *image, view); !made)
      return failed(Step::create, within(cat("volume ", quoted(volume->name)), made.error()));
  }
  return {};
}

// What the container's mounts show gets its label (SELinux).
Result<> label_mounts(const ContainerContext& context) {
  const std::string& label = context.confinement.mount_label;
  if (label.empty()) return {};
  const std::string& data = context.pod->data_dir;
  for (const char* folder : {"/etc", "/shm"}) TRY(label_tree(cat(data, folder), context.confinement.shared_label));
  TRY(label_tree(cat(context.dir, "/termination-log"), label));
  for (const VolumeMount& mount : context.container->volume_mounts) {
    const Volume* volume = find_volume(context.pod->pod->spec, mount.name);
    if (volume && TRY(is_relabelled(*context.pod, *volume))) TRY(label_tree(cat(data, "/volumes/", mount.name), label));
  }
  return {};
}

// What the kubelet says of who must not be root.
StartResult<> check_user(const ContainerContext& context, const EffectiveSecurity& security,
                         const std::string& image_user) {
  const Result<> allowed = check_non_root(security, image_user);
  if (allowed) return {};
  return std::unexpected(
      StartFailure{Step::config, cat(allowed.error().text(), " (pod: \"", pod_label(context.pod->pod->metadata),
                                     "\", container: ", context.container->name, ")")});
}

EffectiveSecurity security_of(const ContainerContext& context) {
  EffectiveSecurity security = effective_security(context.pod->pod->spec, *context.container);
  const std::vector<int64_t>& more = context.pod->volume_groups;
  security.supplemental_groups.insert(security.supplemental_groups.end(), more.begin(), more.end());
  if (!security.app_armor)
    security.app_armor = annotated_app_armor(context.pod->pod->metadata, context.container->name);
  return security;
}

// What must be asked of the host before anything is made.
Result<> confine(ContainerContext& context, const EffectiveSecurity& security, const Place& place) {
  const security::Capabilities capabilities = TRY(resolve_capabilities(security));
  context.confinement = TRY(find_confinement(security, capabilities.bounding, place.seccomp));
  if (security.privileged) context.host_devices = TRY(list_host_devices());
  return {};
}

// Makes context.rootfs.
Result<> make_root(const images::Store& store, const images::Image& image, const Fd& user_namespace,
                   ContainerContext& context) {
  const images::RootfsView view{user_namespace.get(), context.confinement.mount_label};
  context.rootfs = TRY(prepare_labelled_root(store, image, context.dir, view)).path;
  return {};
}

// From here on there is a root, which the caller takes away when this fails.
StartResult<> run(ContainerContext context, const EffectiveSecurity& security, const images::Image& image,
                  const std::string& oci_root, StartedContainer& out) {
  if (Result<> noted = note_copied_bytes(context.dir, context.rootfs); !noted)
    return failed(Step::create, noted.error());
  Result<Identity> identity = resolve_identity(context.rootfs, security, image.config.user);
  if (!identity) return failed(Step::create, identity.error());
  context.identity = *std::move(identity);
  if (Result<> labelled = label_mounts(context); !labelled) return failed(Step::create, labelled.error());
  Result<Environment> environment = resolve_environment(*context.pod, *context.container);
  if (!environment) return failed(Step::config, environment.error());
  context.env = std::move(environment->variables);
  out.skipped = std::move(environment->skipped);
  Result<SubPaths> paths = make_sub_paths(context);
  if (!paths) return failed(Step::config, paths.error());
  Result<oci::Spec> spec = container_spec(context);
  if (!spec) return failed(Step::create, spec.error());
  out.identity = context.identity;
  const auto& lifecycle = context.container->lifecycle;
  const bool is_own = lifecycle && !lifecycle->stop_signal.empty();
  out.stop_signal = stop_signal(is_own ? lifecycle->stop_signal : image.config.stop_signal);
  if (Result<> created = create(context, oci_root, out, *spec); !created) return failed(Step::start, created.error());
  return {};
}

}  // namespace

std::string new_id() {
  unsigned char bytes[32];
  std::string text;
  // Never short and never interrupted for so few bytes (getrandom(2)).
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

StartResult<StartedContainer> start_container(const Place& place, const PodContext& pod, const Container& container,
                                              const std::string& oci_root) {
  const images::Store store{place.images};
  Result<images::Image> image = images::find_image(store, container.image);
  if (!image)
    return std::unexpected(
        StartFailure{Step::image_missing, image.error().text(), container.image, container.image_pull_policy});
  ContainerContext context;
  context.pod = &pod;
  context.container = &container;
  context.image = &image->config;
  context.id = new_id();
  context.dir = container_dir(place, pod.pod->metadata, container.name);
  const EffectiveSecurity security = security_of(context);
  if (StartResult<> allowed = check_user(context, security, image->config.user); !allowed)
    return std::unexpected(allowed.error());
  if (Result<> confined = confine(context, security, place); !confined) return failed(Step::create, confined.error());
  const Result<Fd> user_namespace = open_user_namespace(pod);
  if (!user_namespace) return failed(Step::create, user_namespace.error());
  if (StartResult<> made = make_images(store, context, *user_namespace); !made) return std::unexpected(made.error());
  if (Result<> made = make_container_files(context.dir); !made) return failed(Step::create, made.error());
  if (Result<> made = make_root(store, *image, *user_namespace, context); !made)
    return failed(Step::create, made.error());
  StartedContainer started;
  started.id = context.id;
  started.image_id = image->id;
  if (StartResult<> ran = run(std::move(context), security, *image, oci_root, started); !ran) {
    (void)images::remove_rootfs(store, container_dir(place, pod.pod->metadata, container.name));
    return std::unexpected(ran.error());
  }
  return started;
}

}  // namespace kube
