// The config of an image: image-spec config.md.
#include "base/text.h"
#include "runtime/kube/images/manifest.h"
#include "runtime/oci/reader.h"
#include "sandbox/images/digest.h"

namespace images {

namespace {

using oci::field;
using oci::Reader;
using oci::required;

// A variable without a value must not come to mean "take the host's" anywhere (CVE-2026-57231).
Result<> read_environment(Reader in, std::vector<std::string>& out) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) {
    out.push_back(TRY(item.string()));
    const size_t sign = out.back().find('=');
    if (sign == 0 || sign == std::string::npos) return item.fail(cat(quoted(out.back()), " is not NAME=value"));
  }
  return {};
}

Result<> read_working_dir(Reader in, std::string& out) {
  out = TRY(in.string());
  if (!out.empty() && out.front() != '/') out = "/" + out;
  return {};
}

// Volumes and ports are sets, written as objects with nothing in them.
Result<> read_set(Reader in, std::vector<std::string>& out) {
  TRY(in.expect_object());
  for (const auto& member : in.members()) out.emplace_back(member.first);
  return {};
}

// Older builders wrote the command as one string, for a shell.
Result<> read_command(Reader in, std::vector<std::string>& out) {
  if (!in.is_string()) return read(in, out);
  const std::string line = TRY(in.string());
  out = {"/bin/sh", "-c", line};
  return {};
}

Result<> read_config_object(Reader in, ImageConfig& out) {
  return read_object(in, {field<read_command>("Entrypoint", out.entrypoint), field<read_command>("Cmd", out.cmd),
                          field<read_environment>("Env", out.env), field("User", out.user),
                          field<read_working_dir>("WorkingDir", out.working_dir), field("StopSignal", out.stop_signal),
                          field<read_set>("ExposedPorts", out.exposed_ports), field<read_set>("Volumes", out.volumes)});
}

Result<> read_diff_ids(Reader in, std::vector<std::string>& out) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) {
    out.push_back(TRY(item.string()));
    if (!is_digest(out.back())) return item.fail(cat(quoted(out.back()), " is not a sha256 digest"));
  }
  return {};
}

Result<> read_rootfs(Reader in, std::vector<std::string>& out) {
  return read_object(in, {field<read_diff_ids>("diff_ids", out)});
}

}  // namespace

Result<ConfigDocument> parse_config(const std::string& document, std::string_view text) {
  auto parsed = TRY(oci::parse_document(document, text));
  ConfigDocument out;
  TRY(read_object(parsed.top(), {field("os", out.platform.os), field("architecture", out.platform.architecture),
                                 field("created", out.created), required<read_rootfs>("rootfs", out.diff_ids),
                                 field<read_config_object>("config", out.config)}));
  return out;
}

}  // namespace images
