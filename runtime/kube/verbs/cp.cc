// cp: files of this machine into a container, and out of it. The container needs no tar(1): a child of ours is its
// user.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/copy/inside.h"
#include "runtime/kube/copy/tree_stream.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/choose.h"
#include "runtime/kube/verbs/running.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kCp[] = {{"container", 'c', "NAME", "in this container"},
                          {"no-preserve", 0, "", "into a container: owners and modes are its user's"}};

// "web:/data", "ns/web:data"; a local path has no pod.
struct FileSpec {
  std::string ns, pod, path;
};

Result<FileSpec> parse_file_spec(const std::string& text) {
  const size_t colon = text.find(':');
  FileSpec spec{.path = colon == text.npos ? text : text.substr(colon + 1)};
  if (spec.path.empty()) return fail("filepath can not be empty");
  if (colon == text.npos) return spec;
  const std::vector<std::string> pieces = split(text.substr(0, colon), '/');
  if (pieces.size() > 2 || pieces.back().empty() || pieces.front().empty())
    return fail("filespec must match the canonical format: [[namespace/]pod:]file/path");
  spec.pod = pieces.back();
  if (pieces.size() == 2) spec.ns = pieces.front();
  return spec;
}

// A path in two, without slashes at its end: "a/b/" is "a" and "b"; "b" is "." and "b"; "/" is "/" and ".".
struct SplitPath {
  std::string folder, name;
};

SplitPath split_path(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return {".", path};
  std::string name = path.substr(slash + 1);
  return {slash == 0 ? "/" : path.substr(0, slash), name.empty() ? "." : name};
}

bool is_dots(const std::string& name) {
  return name == "." || name == "..";
}

std::string join_split(const SplitPath& path) {
  return path.folder == "." ? path.name : join_path(path.folder, path.name);
}

Result<Fd> open_local_source(const std::string& path) {
  Fd source(open(join_split(split_path(path)).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!source.is_open() && errno == ENOENT) return fail(cat(visible(path), " doesn't exist in local filesystem"));
  if (!source.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return source;
}

// A folder's contents go into the one that is asked for; a file goes by its own name into one that is there.
Result<Destination> open_local_destination(const std::string& path, const std::string& source) {
  Destination destination;
  destination.dir.reset(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (destination.dir.is_open()) {
    destination.folder_name = ".";
    destination.file_name = split_path(source).name;
    return destination;
  }
  const SplitPath asked = split_path(path);
  TRY(make_directories(asked.folder));
  destination.dir.reset(open(asked.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!destination.dir.is_open()) return fail_errno(errno, cat("open ", quoted(asked.folder)));
  destination.folder_name = destination.file_name = asked.name;
  return destination;
}

// Into a folder that is there whatever it is goes by its own name; else it gets the name that is asked for.
Result<Destination> open_inner_destination(int root, const std::string& path, const std::string& source) {
  const std::string own = split_path(source).name;
  if (Result<Fd> folder = open_in_root(root, path, O_PATH | O_DIRECTORY))
    return Destination{*std::move(folder), own, is_dots(own) ? "." : own};
  const SplitPath asked = split_path(path);
  if (is_dots(asked.name)) return fail(cat(quoted(path), " is no folder"));
  return Destination{TRY(open_in_root(root, asked.folder, O_PATH | O_DIRECTORY)), asked.name, asked.name};
}

struct Copy {
  Inside inside;
  std::string inner;  // in the container, absolute
  std::string local;
  bool is_into = false;
  bool preserves = true;
};

// Both halves give whether all could be read.
Result<bool> send_local(const Copy& copy, int pipe) {
  return send_tree(pipe, TRY(open_local_source(copy.local)), split_path(copy.local).name, copy.local, remark);
}

// Nothing is made here before the other half has found what it is to send.
Result<> wait_for_source(int pipe) {
  pollfd other{pipe, POLLIN, 0};
  while (poll(&other, 1, -1) < 0)
    if (errno != EINTR) return fail_errno(errno, "wait for the other half of the copy");
  if ((other.revents & POLLIN) == 0) return fail_errno(EPIPE, "the other half of the copy has nothing to send");
  return {};
}

Result<bool> receive_local(const Copy& copy, int pipe) {
  TRY(wait_for_source(pipe));
  const Destination destination = TRY(open_local_destination(copy.local, copy.inner));
  TRY(receive_tree(pipe, destination, {.is_local = true}, remark));
  return true;
}

Result<bool> send_inner(const Copy& copy, int pipe) {
  const std::string path = join_split(split_path(copy.inner));
  Fd source = TRY(open_in_root(copy.inside.root.get(), path, O_PATH | O_NOFOLLOW));
  return send_tree(pipe, std::move(source), split_path(copy.inner).name, copy.inner, remark);
}

Result<bool> receive_inner(const Copy& copy, int pipe) {
  const bool is_root = copy.inside.config.process->user.uid == 0;
  const Destination destination = TRY(open_inner_destination(copy.inside.root.get(), copy.inner, copy.local));
  TRY(receive_tree(pipe, destination, {.keeps_owner = copy.preserves && is_root}, remark));
  return true;
}

// The container's half.
Result<bool> copy_inside(const Copy& copy, int pipe, pid_t parent) {
  TRY(become_inside(copy.inside));
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the ids: they take it away (prctl(2))
  if (getppid() != parent) return fail_errno(EPIPE, "the other half of the copy has ended");
  return copy.is_into ? receive_inner(copy, pipe) : send_inner(copy, pipe);
}

// Gives the child's exit code.
int run_inner(const Copy& copy, int pipe, pid_t parent) {
  const Result<bool> done = copy_inside(copy, pipe, parent);
  // EPIPE: the other half has given up, and says why.
  if (!done && done.error().err != EPIPE) remark(cat("error: ", done.error().text()));
  return done && *done ? 0 : 1;
}

Result<int> run_copy(const Copy& copy) {
  signal(SIGPIPE, SIG_IGN);
  FdPair pipe = TRY(pipe_pair());
  Fd& inner_end = copy.is_into ? pipe.ours : pipe.theirs;
  Fd& local_end = copy.is_into ? pipe.theirs : pipe.ours;
  const pid_t parent = getpid(), child = fork();
  if (child < 0) return fail_errno(errno, "fork");
  if (child == 0) {
    local_end.reset();
    _exit(run_inner(copy, inner_end.get(), parent));
  }
  inner_end.reset();
  const Pidfd process = TRY(open_child(child));
  const Result<bool> done = copy.is_into ? send_local(copy, local_end.get()) : receive_local(copy, local_end.get());
  local_end.reset();
  const int code = TRY(wait_exit(process));
  // What went wrong here comes first; but that the other half has ended is the child's matter.
  if (!done && done.error().err != EPIPE) return std::unexpected(done.error());
  if (code == 1) return 1;  // it has said why
  if (code != 0) return fail("the container has ended before all was copied");
  if (!done) return std::unexpected(done.error());
  return *done ? 0 : 1;
}

}  // namespace

const std::span<const Option> kCpOptions = kCp;

Result<int> run_cp(const Call& call) {
  const FileSpec source = TRY(parse_file_spec(call.arguments.operands[0]));
  const FileSpec target = TRY(parse_file_spec(call.arguments.operands[1]));
  if (!source.pod.empty() && !target.pod.empty()) return fail("one of src or dest must be a local file specification");
  if (source.pod.empty() && target.pod.empty()) return fail("one of src or dest must be a remote file specification");
  const FileSpec& remote = source.pod.empty() ? target : source;
  Copy copy{.is_into = source.pod.empty(), .preserves = !call.arguments.has("no-preserve")};
  copy.local = copy.is_into ? source.path : target.path;
  if (copy.is_into) TRY(open_local_source(copy.local));
  const Pod pod = TRY(find_pod(call.place, remote.ns.empty() ? call.ns : remote.ns, remote.pod));
  const Container* container = TRY(choose_container(pod, call.arguments.value("container")));
  const std::string id = TRY(running_id(pod, container->name));
  copy.inside = TRY(open_inside(oci_root(pod_dir(call.place, pod.metadata.ns, pod.metadata.name)), id));
  copy.inner = join_path(copy.inside.config.process->cwd, remote.path);
  return run_copy(copy);
}

}  // namespace kube
