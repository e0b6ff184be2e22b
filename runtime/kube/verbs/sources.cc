#include "runtime/kube/verbs/sources.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/state/folder.h"

namespace kube {
namespace {

struct FileSource {
  std::string key, path;
};

struct Collector {
  std::string_view kind;
  const std::string& name;
  StringMap values = {};

  Result<> add(const std::string& key, std::string value) {
    if (const std::string problem = check_data_key(key); !problem.empty())
      return fail(cat('"', key, "\" is not a valid key name for a ", kind, ": ", problem));
    if (values.contains(key))
      return fail(cat("cannot add key \"", key, "\", another key by that name already exists in Data for ", kind, " \"",
                      name, '"'));
    values[key] = std::move(value);
    return {};
  }

  Result<> add_file(const std::string& key, const std::string& path) {
    return add(key, TRY_IN("read source", read_file(path, kDataLimit)));
  }

  Result<> add_env(std::string_view text, bool inherits) {
    for (auto& [key, value] : TRY(parse_env_file(text, inherits))) TRY(add(key, std::move(value)));
    return {};
  }
};

Result<FileSource> parse_file_source(const std::string& text) {
  const size_t sign = text.find('=');
  if (sign == text.npos) {
    const size_t slash = text.find_last_of('/');
    return FileSource{slash == text.npos ? text : text.substr(slash + 1), text};
  }
  if (text.find('=', sign + 1) != text.npos) return fail("key names or file paths cannot contain '='");
  if (sign == 0) return fail(cat("key name for file path ", text.substr(1), " missing"));
  if (sign + 1 == text.size()) return fail(cat("file path for key name ", text.substr(0, sign), " missing"));
  return FileSource{text.substr(0, sign), text.substr(sign + 1)};
}

// Only regular files: a ConfigMap has no folders, links or devices.
Result<> add_folder(Collector& collector, const std::string& path) {
  for (const std::string& name : TRY(list_all_names(path))) {
    const std::string file = join_path(path, name);
    struct stat status;
    if (lstat(file.c_str(), &status) < 0) return fail_errno(errno, cat("source ", quoted(file)));
    if (S_ISREG(status.st_mode)) TRY(collector.add_file(name, file));
  }
  return {};
}

Result<> add_file_source(Collector& collector, const std::string& text) {
  const FileSource source = TRY(parse_file_source(text));
  struct stat status;
  if (stat(source.path.c_str(), &status) < 0) return fail_errno(errno, cat("error reading ", source.path));
  if (!S_ISDIR(status.st_mode)) return collector.add_file(source.key, source.path);
  if (text.find('=') != text.npos) return fail("cannot give a key name for a directory path");
  return add_folder(collector, source.path);
}

bool is_env_name(std::string_view name) {
  return !name.empty() && !is_digit(name[0]) && check_data_key(name).empty();
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> parse_env_file(std::string_view text, bool inherits) {
  std::vector<std::pair<std::string, std::string>> values;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  size_t number = 0;
  for (std::string line : split(text, '\n')) {
    number++;
    if (!is_utf8(line)) return fail(cat("invalid utf8 bytes at line ", number));
    if (line.ends_with('\r')) line.pop_back();
    const size_t begin = std::min(line.find_first_not_of(" \t\v\f\r"), line.size());
    line.erase(0, begin);
    if (line.empty() || line[0] == '#') continue;
    const size_t sign = line.find('=');
    const std::string name = line.substr(0, sign);
    if (!is_env_name(name))
      return fail(cat('"', name,
                      "\" is not a valid key name: a valid environment variable name must consist of "
                      "alphabetic characters, digits, '_', '-', or '.', and must not start with a digit"));
    const char* inherited = inherits && sign == line.npos ? getenv(name.c_str()) : nullptr;
    values.emplace_back(name, sign != line.npos ? line.substr(sign + 1) : inherited ? inherited : "");
  }
  return values;
}

Result<StringMap> read_sources(const DataSources& sources, std::string_view kind, const std::string& name) {
  if (!sources.env_files.empty() && (!sources.files.empty() || !sources.literals.empty()))
    return fail("from-env-file cannot be combined with from-file or from-literal");
  Collector collector{kind, name};
  for (const std::string& text : sources.files) TRY(add_file_source(collector, text));
  for (const auto& [key, bytes] : sources.texts) TRY(collector.add(key, bytes));
  for (const std::string& text : sources.literals) {
    const size_t sign = text.find('=');
    if (sign == text.npos || sign == 0) return fail(cat("invalid literal source ", text, ", expected key=value"));
    TRY(collector.add(text.substr(0, sign), text.substr(sign + 1)));
  }
  for (const std::string& path : sources.env_files) {
    const std::string text = TRY_IN("read env file", read_file(path, kDataLimit));
    TRY_IN(path, collector.add_env(text, sources.inherits));
  }
  for (const auto& [path, text] : sources.env_texts) TRY_IN(path, collector.add_env(text, sources.inherits));
  return std::move(collector.values);
}

void put_data(ConfigMap& map, StringMap values) {
  for (auto& [key, value] : values) (is_utf8(value) ? map.data : map.binary_data)[key] = std::move(value);
}

}  // namespace kube
