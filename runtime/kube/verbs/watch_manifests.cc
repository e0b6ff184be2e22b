// watch: static pods. What is in the folder, or at the URL, is there; what is not, goes.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/file.h"
#include "base/inotify.h"
#include "base/loop.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/static_pod.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/end_pod.h"
#include "runtime/kube/supervisor/resume.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/verbs/create.h"
#include "runtime/kube/verbs/fetch.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/kube/verbs/watch.h"

namespace kube {
namespace {

// The kubelet's fileCheckFrequency and httpCheckFrequency: a folder is looked at again so often whatever inotify says.
constexpr int64_t kPeriod = 20'000;
// Files that are written piece by piece are read once they are quiet, and pods looked at when several have changed.
constexpr int kGather = 100;

// By "NS_NAME".
using StaticPods = std::map<std::string, Pod>;

struct Source {
  std::string name;  // the folder, as an absolute path, or the URL
  std::optional<HttpUrl> url;
  Fd inotify = {};  // of the folder
  // What each file gave when it could be read last: a file that is broken ends no pod.
  std::map<std::string, StaticPods> files = {};
  std::map<std::string, std::string> complaints = {};  // said already
};

void complain(Source& source, const std::string& about, const std::string& text) {
  if (std::string& said = source.complaints[about]; said != text) {
    remark(cat("error: ", text));
    said = text;
  }
}

Result<StaticPods> read_pods(const Source& source, const std::string& file, const std::string& text) {
  const std::string name = file.empty() ? source.name : file, node = read_node_name();
  StaticPods pods;
  for (const Object& object : TRY(read_objects(text, {.file = name, .node_name = node}))) {
    const Pod* pod = std::get_if<Pod>(&object);
    if (!pod) return fail(cat(name, ": a Pod is wanted, not a ", kind_of(object).kind));
    Pod made = TRY_IN(cat(name, ": pod ", quoted(pod->metadata.name)),
                      make_static_pod(*pod, {source.name, file}, node, now()));
    const std::string key = pod_key(made.metadata.ns, made.metadata.name);
    if (!pods.emplace(key, std::move(made)).second) return fail(cat(name, ": pod ", quoted(key), " twice"));
  }
  return pods;
}

// A file that cannot be read keeps what it gave.
void read_file_of(Source& source, const std::string& file, const Result<std::string>& text) {
  Result<StaticPods> pods = text ? read_pods(source, file, *text) : std::unexpected(text.error());
  if (!pods) return complain(source, file, pods.error().text());
  source.complaints.erase(file);
  source.files[file] = *std::move(pods);
}

// Empty for what is no regular file, or gone: a pipe that nobody writes to would be waited for.
Result<std::optional<std::string>> read_regular(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) < 0) return fail_errno(errno, cat("manifest ", quoted(path)));
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return TRY_IN(cat("manifest ", quoted(path)), read_all(file.get(), kTextLimit));
}

Result<> read_folder(Source& source) {
  std::map<std::string, StaticPods> kept;
  // Names that begin with a dot are passed over, and so are folders, as in the kubelet.
  for (const std::string& name : TRY(list_names(source.name))) {
    const std::string file = join_path(source.name, name);
    Result<std::optional<std::string>> text = read_regular(file);
    if (text && !*text) continue;
    if (text)
      read_file_of(source, file, **text);
    else
      read_file_of(source, file, std::unexpected(text.error()));
    if (const auto found = source.files.find(file); found != source.files.end()) kept.insert(*found);
  }
  source.files = std::move(kept);
  return {};
}

// What cannot be had now leaves all as it was.
void read_source(Source& source) {
  if (!source.url) {
    if (const Result<> read = read_folder(source); !read)
      complain(source, source.name, cat("watch ", quoted(source.name), ": ", read.error().text()));
    return;
  }
  Result<std::string> text = fetch_http(*source.url, kTextLimit);
  if (!text) text = std::unexpected(within(source.name, text.error()));
  read_file_of(source, "", text);
}

StaticPods wanted_pods(Source& source) {
  StaticPods wanted;
  for (const auto& [file, pods] : source.files)
    for (const auto& [key, pod] : pods)
      if (!wanted.emplace(key, pod).second)
        complain(source, key, cat(file, ": pod ", quoted(key), " is in another file"));
  return wanted;
}

Result<> settle_pod(const Source& source, const Place& place, const Pod* present, const Pod* wanted) {
  const bool is_same = present && wanted && present->metadata.uid == wanted->metadata.uid;
  if (!present) {
    TRY(create_pod(place, *wanted));
    return say(cat("pod/", wanted->metadata.name, " created\n"));
  }
  if (!is_from(*present, source.name))
    return fail(cat("pod ", quoted(present->metadata.name), " is there, and not ours"));
  // It is as it should be, or on its way out.
  if (is_same || present->metadata.deletion_time.is_set()) return {};
  TRY(end_pod(place, *present, grace_of(present->spec)));
  return say(cat("pod/", present->metadata.name, " deleted\n"));
}

// Begins what makes the pods those that are wanted. What it waits for changes a pod; then it is to be called again.
Result<> settle(Source& source, const Place& place) {
  const StaticPods wanted = wanted_pods(source);
  StaticPods present;
  for (Pod& pod : TRY(list_pods(place, "")))
    present.emplace(pod_key(pod.metadata.ns, pod.metadata.name), std::move(pod));
  const auto look = [&](const std::string& key, const Pod* there, const Pod* pod) {
    if (const Result<> done = settle_pod(source, place, there, pod); !done) complain(source, key, done.error().text());
  };
  for (const auto& [key, pod] : present)
    if (is_from(pod, source.name) && !wanted.contains(key)) look(key, &pod, nullptr);
  for (const auto& [key, pod] : wanted) {
    const auto there = present.find(key);
    look(key, there == present.end() ? nullptr : &there->second, &pod);
  }
  return {};
}

Result<Source> open_source(const std::string& operand) {
  if (operand.find("://") != operand.npos) return Source{operand, TRY(parse_http_url(operand))};
  Source source{TRY_IN(cat("watch ", quoted(operand)), real_path(operand)), {}};
  source.inotify = TRY(open_inotify());
  constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVE | IN_DELETE | IN_CREATE | IN_ONLYDIR;
  if (inotify_add_watch(source.inotify.get(), source.name.c_str(), kEvents) < 0)
    return fail_errno(errno, cat("watch ", quoted(operand)));
  return source;
}

std::vector<Pidfd> find_supervisors(const Place& place) {
  std::vector<Pidfd> supervisors;
  for (const std::string& key : list_names(pods_dir(place)).value_or(std::vector<std::string>()))
    if (auto supervisor = find_supervisor(cat(pods_dir(place), "/", key)))
      supervisors.push_back(std::move(*supervisor));
  return supervisors;
}

// Until something may have to be done: the folder or a pod has changed, a supervisor has ended, or the time is over.
// True when the manifests are to be read.
Result<bool> wait(const Source& source, const Place& place, PodWatch& pods, int64_t milliseconds) {
  const std::vector<Pidfd> supervisors = find_supervisors(place);
  std::vector<pollfd> entries = {{source.inotify.get(), POLLIN, 0}, {pods.fd(), POLLIN, 0}};
  for (const Pidfd& supervisor : supervisors) entries.push_back({supervisor.fd.get(), POLLIN, 0});
  const int ready = poll(entries.data(), entries.size(), static_cast<int>(std::max<int64_t>(milliseconds, 0)));
  if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
  if (ready <= 0) return ready == 0;
  (void)poll(nullptr, 0, kGather);
  if (entries[1].revents != 0) TRY(pods.wait(0));
  if (entries[0].revents == 0) return false;
  while (TRY(wait_for_events(source.inotify.get(), kGather))) {
  }
  return true;
}

}  // namespace

Result<int> run_watch(const Call& call) {
  Source source = TRY(open_source(call.arguments.operands[0]));
  TRY(remove_orphans(call.place));
  PodWatch pods = TRY(PodWatch::create(call.place));
  int64_t next = monotonic_ms();
  while (true) {
    if (monotonic_ms() >= next) {
      read_source(source);
      next = monotonic_ms() + kPeriod;
    }
    for (const std::string& problem : resume_lost_pods(call.place)) complain(source, problem, problem);
    TRY(settle(source, call.place));
    if (TRY(wait(source, call.place, pods, next - monotonic_ms()))) next = monotonic_ms();
  }
}

}  // namespace kube
