// config.json as a whole (config.md).
#include "runtime/oci/spec.h"

#include <algorithm>

#include "base/file.h"
#include "base/path.h"
#include "runtime/oci/parts.h"

namespace oci {
namespace {

// SemVer of major version 1: "1.0.2-dev", "1.3.0". What a later 1.x adds is in fields, and those speak for themselves.
Result<> read_version(Reader in, std::string& out) {
  TRY(read(in, out));
  const std::vector<std::string> parts = split(out.substr(0, out.find_first_of("-+")), '.');
  const bool is_semantic = parts.size() == 3 && std::ranges::all_of(parts, [](const std::string& part) {
                             return parse_number<unsigned>(part).has_value();
                           });
  if (!is_semantic) return in.fail(cat(quoted(out), " is not a version like '", kSpecVersion, "'"));
  if (parts[0] != "1") return in.fail(cat("version ", quoted(out), " is not supported: 1.x is"));
  return {};
}

Result<> read_root_path(Reader in, std::string& out) {
  TRY(read(in, out));
  if (out.empty()) return in.fail("empty");
  return {};
}

Result<> read_root(Reader in, sandbox::Root& out) {
  return read_object(in, {required<read_root_path>("path", out.path), field("readonly", out.readonly)});
}

// Relative destinations are deprecated (config.md, Mounts) and mean what an absolute one would.
Result<> read_destination(Reader in, std::string& out) {
  TRY(read(in, out));
  if (out.empty()) return in.fail("empty");
  if (out[0] != '/') out = cat("/", out);
  return {};
}

Result<> read_timeout(Reader in, int& out) {
  return read_between<1, INT32_MAX>(in, out);
}

Result<> read_annotations(Reader in, std::map<std::string, std::string>& out) {
  TRY(read(in, out));
  if (out.contains("")) return in.fail("a key is empty");
  return {};
}

Result<> read_top(Reader in, Spec& out) {
  return read_object(in, {required<read_version>("ociVersion", out.version), required<read_root>("root", out.root),
                          field("process", out.process), field("hostname", out.hostname),
                          field("domainname", out.domainname), field("mounts", out.mounts), field("hooks", out.hooks),
                          field<read_annotations>("annotations", out.annotations), field<read_linux>("linux", out)});
}

// Paths on the host are relative to the bundle, not to where the runtime happens to be called.
void resolve_against(const std::string& bundle, std::vector<sandbox::Mount>& mounts) {
  for (sandbox::Mount& mount : mounts)
    if (sandbox::is_bind(mount) && !mount.source.empty()) mount.source = join_path(bundle, mount.source);
}

void resolve_against(const std::string& bundle, Spec& spec) {
  spec.root.path = join_path(bundle, spec.root.path);
  resolve_against(bundle, spec.mounts);
}

}  // namespace

Result<> read_absolute_path(Reader in, std::string& out) {
  TRY(read(in, out));
  if (!out.starts_with('/')) return in.fail(cat(quoted(out), " is not absolute"));
  return {};
}

Result<> read(Reader in, sandbox::Mount& out) {
  TRY(read_object(in, {required<read_destination>("destination", out.destination), field("type", out.type),
                       field("source", out.source), field("options", out.options),
                       field("uidMappings", out.uid_mappings), field("gidMappings", out.gid_mappings)}));
  if (out.uid_mappings.empty() == out.gid_mappings.empty()) return {};
  return in.field(out.uid_mappings.empty() ? "uidMappings" : "gidMappings")
      .fail("missing: one mapping needs the other");
}

Result<> read(Reader in, sandbox::Hook& out) {
  return read_object(in, {required<read_absolute_path>("path", out.path), field("args", out.args),
                          field("env", out.env), field<read_timeout>("timeout", out.timeout)});
}

Result<> read(Reader in, Hooks& out) {
  return read_object(in, {field("prestart", out.prestart), field("createRuntime", out.create_runtime),
                          field("createContainer", out.create_container), field("startContainer", out.start_container),
                          field("poststart", out.poststart), field("poststop", out.poststop)});
}

const sandbox::Namespace* Spec::find_namespace(int type) const {
  const auto found = std::ranges::find(namespaces, type, &sandbox::Namespace::type);
  return found == namespaces.end() ? nullptr : &*found;
}

Result<Spec> read_spec(std::string_view text, const std::string& bundle, const std::string& name) {
  const Document document = TRY(parse_document(name, text));
  Spec spec;
  TRY(read_top(document.top(), spec));
  TRY(check(document.top(), spec));
  resolve_against(bundle, spec);
  return spec;
}

Result<security::SeccompProfile> read_seccomp(std::string_view text, const std::string& name) {
  const Document document = TRY(parse_document(name, text));
  security::SeccompProfile profile;
  TRY(read(document.top(), profile));
  return profile;
}

Result<std::vector<sandbox::Mount>> read_mounts(std::string_view text, const std::string& bundle,
                                                const std::string& name) {
  const Document document = TRY(parse_document(name, text));
  std::vector<sandbox::Mount> mounts;
  if (document.top().is_array())
    TRY(read(document.top(), mounts));
  else
    TRY(read_object(document.top(), {required("mounts", mounts)}));
  resolve_against(bundle, mounts);
  return mounts;
}

Result<Spec> read_spec_file(const std::string& config, const std::string& bundle) {
  const std::string text = TRY(read_file(join_path(bundle, config)));
  return read_spec(text, bundle, config.substr(config.rfind('/') + 1));
}

}  // namespace oci
