#include "security/credentials.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.h"

namespace security {
namespace {

constexpr uint32_t kNoId = ~0U;  // setresuid(2): -1 leaves the id as it is
constexpr uint32_t kLargestUmask = 0777;
constexpr size_t kMostGroups = 65536;  // NGROUPS_MAX

Result<> check_id(const std::string& field, uint32_t id) {
  if (id == kNoId) return fail(cat(field, ": ", id, " is not an id (the largest is ", kNoId - 1, ")"));
  return {};
}

// Fields of one line, as views: an image chooses how long its lines are, so nothing is allocated for them.
template <size_t kCount>
std::optional<std::array<std::string_view, kCount>> split_line(std::string_view line) {
  std::array<std::string_view, kCount> fields;
  for (size_t i = 0; i < kCount; i++) {
    size_t end = i + 1 < kCount ? line.find(':') : line.size();
    if (end == std::string_view::npos) return std::nullopt;
    fields[i] = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  bool has_more = fields[kCount - 1].find(':') != std::string_view::npos;
  if (has_more || fields[0].empty()) return std::nullopt;
  return fields;
}

// Gives the well-formed lines one by one until `visit` returns true.
template <size_t kCount, class Visit>
void visit_lines(std::string_view text, Visit visit) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    auto fields = split_line<kCount>(text.substr(0, end));
    if (fields && visit(*fields)) return;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

constexpr size_t kPasswdFields = 7, kGroupFields = 4;

template <class Fits>
std::optional<Account> find_account_if(std::string_view passwd, Fits fits) {
  std::optional<Account> found;
  visit_lines<kPasswdFields>(passwd, [&](const auto& fields) {
    auto uid = parse_id(fields[2]), gid = parse_id(fields[3]);
    if (!uid || !gid || !fits(fields[0], *uid)) return false;
    found = Account{std::string(fields[0]), *uid, *gid, std::string(fields[5])};
    return true;
  });
  return found;
}

bool has_member(std::string_view members, std::string_view name) {
  while (!members.empty()) {
    size_t end = std::min(members.find(','), members.size());
    if (members.substr(0, end) == name) return true;
    members.remove_prefix(std::min(end + 1, members.size()));
  }
  return false;
}

bool is_all_digits(std::string_view text) {
  return std::ranges::all_of(text, is_digit);
}

// Names that begin otherwise are none (useradd(8)): a sign is a mistyped number.
bool is_name(std::string_view text) {
  if (text.empty() || text[0] == '-' || text[0] == '+') return false;
  return std::ranges::all_of(text,
                             [](char c) { return static_cast<unsigned char>(c) > ' ' && c != ':' && c != '\x7f'; });
}

Result<FoundUser> parse_user_part(std::string_view part, std::string_view passwd) {
  std::optional<Account> account;
  FoundUser found;
  if (is_all_digits(part)) {
    auto uid = part.empty() ? 0 : parse_id(part);
    if (!uid) return fail(cat("user ", quoted(part), ": not a user id"));
    found.uid = *uid;
    account = find_account(passwd, *uid);
  } else {
    if (!is_name(part)) return fail(cat("user ", quoted(part), ": not a user id or name"));
    account = find_account(passwd, part);
    if (!account) return fail(cat("user ", quoted(part), ": not in the container's /etc/passwd"));
  }
  if (!account) return found;
  found.uid = account->uid;
  found.gid = account->gid;
  found.name = std::move(account->name);
  if (account->home.starts_with('/')) found.home = std::move(account->home);
  return found;
}

Result<uint32_t> parse_group_part(std::string_view part, std::string_view group) {
  if (!part.empty() && is_all_digits(part)) {
    auto gid = parse_id(part);
    if (!gid) return fail(cat("group ", quoted(part), ": not a group id"));
    return *gid;
  }
  if (!is_name(part)) return fail(cat("group ", quoted(part), ": not a group id or name"));
  auto gid = find_group(group, part);
  if (!gid) return fail(cat("group ", quoted(part), ": not in the container's /etc/group"));
  return *gid;
}

}  // namespace

Result<> check(const User& user) {
  TRY(check_id("process.user.uid", user.uid));
  TRY(check_id("process.user.gid", user.gid));
  if (user.umask && *user.umask > kLargestUmask)
    return fail(cat("process.user.umask: ", octal(*user.umask), " is more than ", octal(kLargestUmask)));
  if (user.additional_gids.size() > kMostGroups)
    return fail(cat("process.user.additionalGids: ", user.additional_gids.size(), " groups, the kernel takes at most ",
                    kMostGroups));
  for (size_t i = 0; i < user.additional_gids.size(); i++)
    TRY(check_id(cat("process.user.additionalGids[", i, "]"), user.additional_gids[i]));
  return {};
}

std::optional<uint32_t> parse_id(std::string_view text) {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  auto id = parse_number<uint32_t>(text);
  if (!id || *id == kNoId) return std::nullopt;
  return id;
}

std::optional<Account> find_account(std::string_view passwd, std::string_view name) {
  return find_account_if(passwd, [&](std::string_view line_name, uint32_t) { return line_name == name; });
}

std::optional<Account> find_account(std::string_view passwd, uint32_t uid) {
  return find_account_if(passwd, [&](std::string_view, uint32_t line_uid) { return line_uid == uid; });
}

std::optional<uint32_t> find_group(std::string_view group, std::string_view name) {
  std::optional<uint32_t> found;
  visit_lines<kGroupFields>(group, [&](const auto& fields) {
    if (fields[0] == name) found = parse_id(fields[2]);
    return found.has_value();
  });
  return found;
}

std::vector<uint32_t> groups_of(std::string_view group, std::string_view user_name) {
  std::vector<uint32_t> gids;
  visit_lines<kGroupFields>(group, [&](const auto& fields) {
    auto gid = parse_id(fields[2]);
    if (gid && has_member(fields[3], user_name)) gids.push_back(*gid);
    return gids.size() >= kMostGroups;
  });
  return merge_groups({}, gids);
}

Result<FoundUser> parse_user(std::string_view text, std::string_view passwd, std::string_view group) {
  size_t colon = text.find(':');
  if (colon == 0) return fail(cat("user ", quoted(text), ": a group without a user"));
  FoundUser found = TRY(parse_user_part(text.substr(0, colon), passwd));
  if (colon == std::string_view::npos) {
    if (!found.name.empty()) found.additional_gids = groups_of(group, found.name);
    return found;
  }
  found.gid = TRY(parse_group_part(text.substr(colon + 1), group));
  return found;
}

std::vector<uint32_t> merge_groups(std::vector<uint32_t> first, const std::vector<uint32_t>& more) {
  std::unordered_set<uint32_t> seen(first.begin(), first.end());
  for (uint32_t gid : more) {
    if (seen.insert(gid).second) first.push_back(gid);
  }
  return first;
}

}  // namespace security
