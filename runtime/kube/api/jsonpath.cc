#include "runtime/kube/api/jsonpath.h"

#include <cstdlib>

#include "base/text.h"
#include "runtime/kube/api/emit.h"

namespace kube {
namespace {

using StepKind = PathStep::Kind;
using Values = std::vector<const Node*>;

constexpr size_t kMostValues = 1'000'000;  // ".." upon ".." would multiply without end

bool is_number(const Node& node) {
  return node.kind == Node::Kind::integer || node.kind == Node::Kind::real;
}

void append_children(const Node& node, Values& out) {
  for (const Node& item : node.items) out.push_back(&item);
  for (const Entry& entry : node.entries) out.push_back(&entry.value);
}

void append_all(const Node& node, Values& out) {
  out.push_back(&node);
  Values children;
  append_children(node, children);
  for (const Node* child : children) append_all(*child, out);
}

Result<> append_slice(const PathStep& step, const Node& node, Values& out) {
  if (node.kind == Node::Kind::null) return {};
  if (node.kind != Node::Kind::sequence) return fail(cat(describe_node(node), " is not array or slice"));
  const auto length = static_cast<int64_t>(node.items.size());
  const bool is_index = step.start && step.end == *step.start + 1;
  int64_t start = step.start.value_or(0), end = step.end.value_or(length);
  if (start < 0) start += length;
  if (end < 0 || (is_index && end == 0)) end += length;
  if (start == end) return {};
  if (start < 0 || start >= length) return fail(cat("array index out of bounds: index ", start, ", length ", length));
  if (end < 0 || end > length) return fail(cat("array index out of bounds: index ", end - 1, ", length ", length));
  if (start > end) return fail(cat("starting index ", start, " is greater than ending index ", end));
  for (int64_t i = start; i < end; i += step.stride.value_or(1)) out.push_back(&node.items[static_cast<size_t>(i)]);
  return {};
}

Result<bool> compare(const Node& left, const Node& right, const std::string& op) {
  int order = 0;
  if (is_number(left) && is_number(right)) {
    const double difference = strtod(left.text.c_str(), nullptr) - strtod(right.text.c_str(), nullptr);
    order = difference < 0 ? -1 : difference > 0 ? 1 : 0;
  } else if (left.kind == right.kind && left.is_scalar()) {
    order = left.text.compare(right.text);
  } else {
    return fail("incompatible types for comparison");
  }
  if (op == "==") return order == 0;
  if (op == "!=") return order != 0;
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  return op == ">" ? order > 0 : order >= 0;
}

class Walker {
 public:
  explicit Walker(const Node& root) : root_(root) {}

  Result<Values> walk(const Path& path, Values values) {
    for (const PathStep& step : path) {
      Values next;
      if (step.kind == StepKind::root) next = {&root_};
      if (step.kind == StepKind::literal) next = {&step.value};
      for (const Node* value : values) TRY(append_step(step, *value, next));
      if (next.size() > kMostValues) return fail("too many values");
      values = std::move(next);
    }
    return values;
  }

 private:
  Result<> append_step(const PathStep& step, const Node& node, Values& out) {
    switch (step.kind) {
      case StepKind::root:
      case StepKind::literal: return {};
      case StepKind::field:
        if (const Node* found = node.find(step.name)) out.push_back(found);
        return {};
      case StepKind::children: append_children(node, out); return {};
      case StepKind::all: append_all(node, out); return {};
      case StepKind::slice: return append_slice(step, node, out);
      case StepKind::choice:
        for (const Path& part : step.parts)
          for (const Node* value : TRY(walk(part, {&node}))) out.push_back(value);
        return {};
      case StepKind::filter: return append_filtered(step, node, out);
    }
    return {};
  }

  Result<> append_filtered(const PathStep& step, const Node& node, Values& out) {
    if (node.kind != Node::Kind::sequence)
      return fail(cat(describe_node(node), " is not array or slice and cannot be filtered"));
    for (const Node& item : node.items) {
      const Values left = TRY(walk(step.parts[0], {&item}));
      if (step.name.empty()) {
        if (!left.empty()) out.push_back(&item);
        continue;
      }
      const Values right = TRY(walk(step.parts[1], {&item}));
      if (left.empty() || right.empty()) continue;
      if (left.size() > 1 || right.size() > 1) return fail("can only compare one element at a time");
      if (TRY(compare(*left[0], *right[0], step.name))) out.push_back(&item);
    }
    return {};
  }

  const Node& root_;
};

std::string text_of(const Node& node) {
  return node.is_scalar() && node.kind != Node::Kind::null ? node.text : emit_go_json(node);
}

Result<> append_parts(const Template& parts, const Node& root, const Node& here, std::string& out) {
  for (const TemplatePart& part : parts) {
    if (part.kind == TemplatePart::Kind::text) {
      out += part.text;
      continue;
    }
    const Values values = TRY(Walker(root).walk(part.path, {&here}));
    for (size_t i = 0; i < values.size(); ++i) {
      if (part.kind == TemplatePart::Kind::range)
        TRY(append_parts(part.body, root, *values[i], out));
      else
        out += cat(i == 0 ? "" : " ", text_of(*values[i]));
    }
  }
  return {};
}

}  // namespace

Result<std::string> print_jsonpath(const Template& parts, const Node& root) {
  std::string out;
  TRY_IN("error executing jsonpath", append_parts(parts, root, root, out));
  return out;
}

}  // namespace kube
