// What `state` and `list` print and hooks are given.
#include <pwd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "runtime/oci/json_writer.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/state.h"

namespace oci {
namespace {

// A process that has ended has no pid: the number may be another's already.
pid_t shown_pid(const State& state, Status status) {
  return status == Status::kStopped ? 0 : state.pid;
}

// From the file alone: getpwuid loads the libraries of nsswitch.conf, which a static program cannot.
std::string name_of_owner(uint32_t uid) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/etc/passwd", "re"), fclose);
  while (const passwd* entry = file ? fgetpwent(file.get()) : nullptr)
    if (entry->pw_uid == uid) return entry->pw_name;
  return cat("#", uid);
}

void write_entry(JsonWriter& json, const State& state, Status status, const std::string& owner) {
  json.open_object();
  json.member("ociVersion", state.version);
  json.member("id", state.id);
  json.member("pid", shown_pid(state, status));
  json.member("status", name_of(status));
  json.member("bundle", state.bundle);
  json.member("rootfs", state.rootfs);
  json.member("created", state.created);
  if (!state.annotations.empty()) json.member("annotations", state.annotations);
  json.member("owner", owner);
  json.close_object();
}

}  // namespace

std::string_view name_of(Status status) {
  switch (status) {
    case Status::kCreating: return "creating";
    case Status::kCreated: return "created";
    case Status::kRunning: return "running";
    case Status::kPaused: return "paused";
    case Status::kStopped: return "stopped";
  }
  return "unknown";
}

namespace {

void write_spec_state(JsonWriter& json, std::string_view key, const State& state, Status status) {
  json.open_object(key);
  json.member("ociVersion", state.version);
  json.member("id", state.id);
  json.member("status", name_of(status));
  if (const pid_t pid = shown_pid(state, status); pid > 0) json.member("pid", pid);
  json.member("bundle", state.bundle);
  if (!state.annotations.empty()) json.member("annotations", state.annotations);
  json.close_object();
}

}  // namespace

std::string state_for_hooks(const State& state, Status status) {
  JsonWriter json;
  write_spec_state(json, {}, state, status);
  return json.text();
}

std::string state_for_agent(const State& state, Status status, pid_t process, const std::string& metadata) {
  JsonWriter json;
  json.open_object();
  json.member("ociVersion", state.version);
  json.member("fds", std::vector<std::string>{"seccompFd"});
  json.member("pid", process);
  if (!metadata.empty()) json.member("metadata", metadata);
  write_spec_state(json, "state", state, status);
  json.close_object();
  return json.text();
}

std::string state_for_user(const State& state, Status status) {
  JsonWriter json(2);
  write_entry(json, state, status, "");
  return json.text() + "\n";
}

std::string list_as_json(const std::vector<Listed>& containers) {
  JsonWriter json;
  json.open_array();
  for (const Listed& one : containers) write_entry(json, one.state, one.status, name_of_owner(one.state.owner));
  json.close_array();
  return json.text() + "\n";
}

std::string list_as_table(const std::vector<Listed>& containers) {
  std::vector<std::vector<std::string>> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  for (const auto& [state, status] : containers)
    rows.push_back({state.id, cat(shown_pid(state, status)), std::string(name_of(status)), state.bundle, state.created,
                    name_of_owner(state.owner)});
  constexpr size_t kGap = 3;
  std::string table;
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size() + kGap);
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); i++) table += row[i] + std::string(widths[i] - row[i].size(), ' ');
    table += row.back() + "\n";
  }
  return table;
}

}  // namespace oci
