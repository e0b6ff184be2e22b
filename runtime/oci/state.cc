// state.json: written in one piece, read back with the reader of config.json.
#include "runtime/oci/state.h"

#include <chrono>

#include "base/file.h"
#include "runtime/oci/json_writer.h"
#include "runtime/oci/parts.h"

namespace oci {
namespace {

// Raised when a reader of the older format would go wrong; new members alone do not need it.
constexpr int kFormat = 1;

void write_namespaces(JsonWriter& json, const std::vector<sandbox::Namespace>& namespaces) {
  json.open_array("namespaces");
  for (const sandbox::Namespace& space : namespaces) {
    json.open_object();
    json.member("type", name_of_namespace(space.type));
    if (!space.path.empty()) json.member("path", space.path);
    json.close_object();
  }
  json.close_array();
}

Result<> read_format(Reader in, int& out) {
  TRY(read(in, out));
  if (out != kFormat) return in.fail(cat("written by another version of nacelle: ", out, ", known is ", kFormat));
  return {};
}

Result<> read_cgroup(Reader in, State& out) {
  return read_object(
      in, {required("manager", out.cgroup_manager), field("path", out.cgroup_path), field("scope", out.cgroup_scope)});
}

}  // namespace

std::string state_to_json(const State& state) {
  JsonWriter json;
  json.open_object();
  json.member("format", kFormat);
  json.member("ociVersion", state.version);
  json.member("id", state.id);
  json.member("bundle", state.bundle);
  json.member("rootfs", state.rootfs);
  json.member("created", state.created);
  json.member("owner", state.owner);
  json.member("pid", state.pid);
  json.member("startTime", state.start_time);
  json.open_object("cgroup");
  json.member("manager", state.cgroup_manager);
  json.member("path", state.cgroup_path);
  json.member("scope", state.cgroup_scope);
  json.close_object();
  write_namespaces(json, state.namespaces);
  json.member("annotations", state.annotations);
  write_hooks(json, "poststart", state.poststart);
  write_hooks(json, "poststop", state.poststop);
  json.member("extra", state.extra);
  json.close_object();
  return json.text() + "\n";
}

Result<State> state_from_json(std::string_view text, const std::string& name) {
  const Document document = TRY(parse_document(name, text));
  State state;
  int format = 0;
  TRY(read_object(
      document.top(),
      {required<read_format>("format", format), required("ociVersion", state.version), required("id", state.id),
       required("bundle", state.bundle), required("rootfs", state.rootfs), required("created", state.created),
       required("owner", state.owner), required("pid", state.pid), required("startTime", state.start_time),
       required<read_cgroup>("cgroup", state), required("namespaces", state.namespaces),
       field("annotations", state.annotations), field("poststart", state.poststart), field("poststop", state.poststop),
       field("extra", state.extra)}));
  return state;
}

Result<> write_state(const State& state, const std::string& path) {
  return replace_file(path, state_to_json(state));
}

Result<State> read_state(const std::string& path) {
  return state_from_json(TRY(read_file(path)), path);
}

// Not by gmtime_r, which reads the time zone's file at every start of the program.
std::string timestamp() {
  using namespace std::chrono;
  const auto padded = [](auto number, int64_t width) {  // width: a power of ten
    return std::to_string(width + static_cast<int64_t>(number)).substr(1);
  };
  const auto now = time_point_cast<nanoseconds>(system_clock::now());
  const auto day = floor<days>(now);
  const year_month_day date(day);
  const hh_mm_ss time(now - day);
  return cat(static_cast<int>(date.year()), "-", padded(static_cast<unsigned>(date.month()), 100), "-",
             padded(static_cast<unsigned>(date.day()), 100), "T", padded(time.hours().count(), 100), ":",
             padded(time.minutes().count(), 100), ":", padded(time.seconds().count(), 100), ".",
             padded(time.subseconds().count(), 1'000'000'000), "Z");
}

}  // namespace oci
