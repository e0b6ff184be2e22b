// /etc/passwd and /etc/group of an image, which may be anything. The child's own walk over passwd is held against a
// plain reading of the same rule.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "sandbox/child/passwd.h"
#include "security/credentials.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::optional<std::string> walked(std::string_view passwd, uint32_t uid) {
  char entry[child::kHomeRoom + 1] = "HOME=";
  child::PasswdWalk walk{uid, entry};
  for (const char c : passwd) walk.take(c);
  walk.take('\n');
  fuzz::demand(walk.size <= child::kHomeRoom, "the home fits");
  if (!walk.found) return std::nullopt;
  return std::string(entry + 5, walk.size - 5);
}

std::optional<std::string> read_plainly(std::string_view passwd, uint32_t uid) {
  for (const auto& line : split(passwd, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 6 || fields[5].empty() || fields[5].size() > child::kHomeRoom - 5) continue;
    const auto& digits = fields[2];
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
    if (digits.empty() || !std::ranges::all_of(digits, is_digit) || digits.size() - zeros > 10) continue;
    if (parse_number<uint64_t>(digits) == uid) return fields[5];
  }
  return std::nullopt;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first line is the user that is looked for, the last part behind a NUL the group file.
  const std::string_view text = fuzz::text_of(data, size);
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string_view user = text.substr(0, line), rest = text.substr(std::min(line + 1, text.size()));
  const size_t end = std::min(rest.find('\0'), rest.size());
  const std::string_view passwd = rest.substr(0, end), group = rest.substr(std::min(end + 1, rest.size()));

  const auto parsed = security::parse_user(user, passwd, group);
  if (const auto* found = fuzz::value_of(parsed)) {
    fuzz::demand(found->uid != UINT32_MAX && found->gid != UINT32_MAX,
                 "no id is -1, which the kernel takes for 'as it is'");
    fuzz::demand(found->home.starts_with('/'), "a home is absolute");
  }
  (void)security::groups_of(group, user);
  for (const uint32_t uid : {0U, 1U, 1000U, 4294967294U})
    fuzz::demand(walked(passwd, uid) == read_plainly(passwd, uid), "the child reads passwd as it is");
  return 0;
}
