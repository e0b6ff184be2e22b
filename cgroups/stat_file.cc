#include "cgroups/stat_file.h"

#include <cerrno>

#include "base/file.h"
#include "base/text.h"

namespace cgroups {

Result<std::string> read_if_present(int directory, const std::string& file) {
  auto text = read_file_at(directory, file);
  if (!text && text.error().err == ENOENT) return std::string();
  return text;
}

Result<std::optional<uint64_t>> read_number(int directory, const std::string& file) {
  std::string text = TRY(read_if_present(directory, file));
  return parse_number<uint64_t>(trimmed(text));
}

std::map<std::string, uint64_t> parse_keys(std::string_view text) {
  std::map<std::string, uint64_t> keys;
  for (const std::string& line : split(trimmed(text), '\n')) {
    size_t space = line.find(' ');
    auto number = space == std::string::npos ? std::nullopt : parse_number<uint64_t>(line.substr(space + 1));
    if (number) keys[line.substr(0, space)] = *number;
  }
  return keys;
}

uint64_t value_of(std::string_view line, std::string_view key) {
  for (const std::string& word : split(line, ' ')) {
    if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=')
      return parse_number<uint64_t>(word.substr(key.size() + 1)).value_or(0);
  }
  return 0;
}

}  // namespace cgroups
