#include "runtime/kube/api/selector.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/names.h"

namespace kube {
namespace {

// The terms between commas that are not in parentheses.
std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> terms;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth > 0) continue;
    terms.push_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  terms.push_back(trimmed(text.substr(begin)));
  return terms;
}

std::vector<std::string> trimmed_parts(std::string_view list) {
  std::vector<std::string> parts;
  for (const std::string& part : split(list, ',')) parts.emplace_back(trimmed(part));
  return parts;
}

SelectorTerm parse_term(std::string_view text) {
  SelectorTerm term;
  const size_t sign = text.find('='), list = text.find('(');
  if (sign != text.npos) {
    term.is_negative = sign > 0 && text[sign - 1] == '!';
    term.key = trimmed(text.substr(0, sign - (term.is_negative ? 1 : 0)));
    term.has_values = true;
    const size_t value = sign + (text.substr(sign).starts_with("==") ? 2 : 1);
    term.values = {std::string(trimmed(text.substr(value)))};
  } else if (list != text.npos && text.ends_with(')')) {
    const std::string_view head = trimmed(text.substr(0, list));
    const size_t space = std::min(head.find_last_of(" \t"), head.size());
    const std::string_view op = trimmed(head.substr(space));
    if (op != "in" && op != "notin") return {};
    term.key = trimmed(head.substr(0, space));
    term.is_negative = op == "notin";
    term.has_values = true;
    term.values = trimmed_parts(text.substr(list + 1, text.size() - list - 2));
  } else {
    term.is_negative = text.starts_with('!');
    term.key = trimmed(text.substr(term.is_negative ? 1 : 0));
  }
  return term;
}

}  // namespace

Result<Selector> parse_selector(std::string_view text) {
  Selector selector;
  if (trimmed(text).empty()) return selector;
  for (const std::string_view part : split_terms(text)) {
    SelectorTerm term = parse_term(part);
    const bool is_valid =
        check_qualified_name(term.key).empty() &&
        std::ranges::all_of(term.values, [](const std::string& v) { return check_label_value(v).empty(); });
    if (!is_valid)
      return fail(cat("unable to parse requirement: ", quoted(part)), "as in app=web,tier!=db,env in (a,b)");
    selector.push_back(std::move(term));
  }
  return selector;
}

bool is_selected(const Selector& selector, const StringMap& labels) {
  return std::ranges::all_of(selector, [&](const SelectorTerm& term) {
    const auto label = labels.find(term.key);
    const bool is_there = label != labels.end();
    const bool holds =
        is_there && (!term.has_values || std::ranges::find(term.values, label->second) != term.values.end());
    return holds != term.is_negative;
  });
}

}  // namespace kube
