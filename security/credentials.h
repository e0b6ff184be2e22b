// Who a process runs as: checked ids, and user names looked up in a container's own passwd and group files.
// The files are given as text. Callers read them through a descriptor inside the container's root and with a limit
// (CVE-2026-47262: a huge /etc/passwd in an image); kAccountFileLimit is a good one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy.h"

namespace security {

// For read_file_at() of /etc/passwd and /etc/group.
constexpr size_t kAccountFileLimit = 4 << 20;

// Errors name the field ("process.user.uid: …"): an id of 4294967295, which means "leave it" to setresuid(2) and has
// made containers run as root (CVE-2024-40635); a umask above 0777; more additionalGids than the kernel takes (65536).
Result<> check(const User& user);

// A decimal id, the whole text, 0 to 4294967294. Empty for all else: signs, spaces, leading zeros beyond "0",
// hexadecimals and overflows have each made the wrong user of somebody (CVE-2026-30892, CVE-2024-40635).
std::optional<uint32_t> parse_id(std::string_view text);

// One line of passwd(5). `name` and `home` are as in the file.
struct Account {
  std::string name;
  uint32_t uid = 0, gid = 0;
  std::string home;
};

// The first line of that name or uid whose fields are well-formed; lines that are not are passed over.
std::optional<Account> find_account(std::string_view passwd, std::string_view name);
std::optional<Account> find_account(std::string_view passwd, uint32_t uid);

// The gid of a group name, from group(5).
std::optional<uint32_t> find_group(std::string_view group, std::string_view name);

// The gids of all groups that list the user as a member, in the order of the file, each once.
std::vector<uint32_t> groups_of(std::string_view group, std::string_view user_name);

// A user as found: what `exec -u`, an image's USER and Docker's --user give.
struct FoundUser {
  uint32_t uid = 0, gid = 0;
  std::string name;                       // empty when the uid has no line in passwd
  std::string home = "/";                 // for HOME
  std::vector<uint32_t> additional_gids;  // groups that list the name; empty when a group was given explicitly
};

// Takes "", "user", "uid", "user:group", "uid:gid" and their mixtures, neither part empty. All digits is always a
// number, never a name, so that an image cannot call its root "1000". An empty text is uid 0. Without a group part, the
// gid is that of the passwd line, or 0 when the uid has none. Errors: "user 'x': not in the container's /etc/passwd",
// "group …", "user '-1': not a user id or name" and the like.
Result<FoundUser> parse_user(std::string_view text, std::string_view passwd, std::string_view group);

// `first`, then each of `more` that is not there yet. A primary gid goes first, so that it is among the supplementary
// groups and cannot be dropped to get round a rule against that group (CVE-2022-2989, CVE-2023-25173).
std::vector<uint32_t> merge_groups(std::vector<uint32_t> first, const std::vector<uint32_t>& more);

}  // namespace security
