// Prints the tables of nacelle-pod(5) as mdoc: every field of a Pod that the decoder knows, and what becomes of it.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"
#include "runtime/kube/api/schema.h"

namespace {

using kube::Cover;
using kube::Field;

// One kind of object, and where in a Pod it stands.
struct Group {
  std::vector<std::string> paths;
  std::span<const Field> fields;
};

// A Pod and what is in it, the outermost first, each kind once. What is below an ignored or a refused field is, too.
std::vector<Group> list_groups() {
  std::vector<Group> groups = {{{""}, kube::Table<kube::Pod>::fields}};
  for (size_t i = 0; i < groups.size(); i++) {
    const Group group = groups[i];
    for (const Field& field : group.fields) {
      if (field.fields == nullptr || field.cover != Cover::supported) continue;
      const std::string& above = group.paths[0];
      std::string path = cat(above, above.empty() ? "" : ".", field.name, field.many);
      const auto known =
          std::ranges::find(groups, field.fields->data(), [](const Group& g) { return g.fields.data(); });
      if (known == groups.end()) {
        groups.push_back({{std::move(path)}, *field.fields});
      } else {
        // The shortest is what it is called by: spec.containers[], not spec.initContainers[].
        const bool is_shorter = path.size() < known->paths[0].size();
        known->paths.insert(is_shorter ? known->paths.begin() : known->paths.end(), std::move(path));
      }
    }
  }
  return groups;
}

// "Always, Never or OnFailure".
std::string spell(std::string_view values) {
  const std::vector<std::string> words = split(values, '|');
  std::string text = words[0];
  for (size_t i = 1; i < words.size(); i++) text += cat(i + 1 == words.size() ? " or " : ", ", words[i]);
  return text;
}

std::string_view name_cover(const Field& field) {
  return field.cover == Cover::ignored ? "ignored" : field.cover == Cover::refused ? "refused" : "supported";
}

// What else there is to say: the values that are taken, and the reason.
std::string remark(const Field& field) {
  if (field.cover == Cover::refused && field.why.empty()) return "not yet";
  std::string text;
  if (!field.covered.empty())
    text = cat("only ", spell(field.covered));
  else if (!field.values.empty())
    text = spell(field.values);
  if (!field.why.empty()) text += cat(text.empty() ? "" : ": ", field.why);
  return text;
}

// A word that is the name of a macro would be taken for it.
std::string escape(const std::string& text) {
  std::string out;
  for (const std::string& word : split(text, ' '))
    out += cat(out.empty() ? "" : " ", word.size() < 4 && word[0] >= 'A' && word[0] <= 'Z' ? "\\&" : "", word);
  return out;
}

void print_group(const Group& group) {
  printf(".Ss %s\n", group.paths[0].empty() ? "Pod" : group.paths[0].c_str());
  if (group.paths.size() > 1) printf("Also of\n");
  for (size_t i = 1; i < group.paths.size(); i++)
    printf(".Li %s%s\n", group.paths[i].c_str(), i + 1 == group.paths.size() ? " ." : " ,");
  printf(".Bl -column \"supplementalGroupsPolicy[]\" \"supported\" -compact\n");
  for (const Field& field : group.fields) {
    const std::string text = escape(remark(field));
    printf(".It Li %s Ta %s%s\n", cat(field.name, field.many).c_str(), name_cover(field).data(),
           text.empty() ? "" : cat(" Ta ", text).c_str());
  }
  printf(".El\n");
}

}  // namespace

int main() {
  for (const Group& group : list_groups()) print_group(group);
}
