// YAML text to nodes, by libyaml's events.
#include <yaml.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "runtime/kube/api/node.h"

namespace kube {
namespace {

using Kind = Node::Kind;

Mark to_mark(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::unexpected<ParseError> fail_at(Mark mark, std::string message, std::string hint = {}) {
  return std::unexpected(ParseError{mark, std::move(message), std::move(hint)});
}

struct EventGuard {
  yaml_event_t event{};
  EventGuard() = default;
  EventGuard(const EventGuard&) = delete;
  EventGuard& operator=(const EventGuard&) = delete;
  ~EventGuard() { yaml_event_delete(&event); }
};

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// What an alias of a tree costs, in nodes: each node, and long texts by their length.
size_t cost_of(const Node& node) {
  size_t cost = 1 + node.text.size() / 16;
  for (const Node& item : node.items) cost += cost_of(item);
  for (const Entry& entry : node.entries) cost += cost_of(entry.key) + cost_of(entry.value);
  return cost;
}

// The kind that a tag gives to a scalar; empty when the text is none of that kind.
std::optional<Kind> kind_by_tag(std::string_view tag, Kind plain) {
  if (tag == YAML_STR_TAG || tag == "!") return Kind::string;
  if (tag == YAML_FLOAT_TAG && plain == Kind::integer) return Kind::real;
  bool fits = (tag == YAML_INT_TAG && plain == Kind::integer) || (tag == YAML_FLOAT_TAG && plain == Kind::real) ||
              (tag == YAML_BOOL_TAG && plain == Kind::boolean) || (tag == YAML_NULL_TAG && plain == Kind::null);
  return fits ? std::optional(plain) : std::nullopt;
}

using SeenKeys = std::map<std::string, Mark, std::less<>>;

constexpr const char* kMergeError = "the merge key '<<' takes an object or a list of objects";

// Builds the trees. Recursion is bounded by kDepthLimit.
class Builder {
 public:
  explicit Builder(std::string_view text) : text_(text) {
    ready_ = yaml_parser_initialize(&parser_) == 1;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  ~Builder() { yaml_parser_delete(&parser_); }

  Parsed<std::vector<Node>> build() {
    std::vector<Node> documents;
    while (ready_) {
      EventGuard guard;
      TRY_PARSED(next(guard.event));
      if (guard.event.type == YAML_STREAM_END_EVENT) return documents;
      if (guard.event.type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      EventGuard first;
      TRY_PARSED(next(first.event));
      documents.push_back(TRY_PARSED(read(first.event, 0)));
    }
    return fail_at({}, "out of memory");
  }

 private:
  Parsed<> next(yaml_event_t& event) {
    if (yaml_parser_parse(&parser_, &event) == 1) return {};
    return std::unexpected(explain());
  }

  ParseError explain() const {
    if (parser_.error == YAML_READER_ERROR)
      return {mark_of(text_, parser_.problem_offset), cat("invalid text: ", parser_.problem), {}};
    std::string message = parser_.problem == nullptr ? "invalid YAML" : parser_.problem;
    if (parser_.context != nullptr) message = cat(parser_.context, ": ", message);
    Mark mark = to_mark(parser_.problem_mark);
    std::string hint =
        message.find("cannot start any token") != std::string::npos ? "indent with spaces, not with tabs" : "";
    return {mark, message, hint};
  }

  Parsed<Node> read(const yaml_event_t& event, int depth) {
    Mark mark = to_mark(event.start_mark);
    if (depth > kDepthLimit) return fail_at(mark, cat("nested more than ", kDepthLimit, " levels deep"));
    if (++nodes_ > kNodeLimit) return fail_at(mark, cat("more than ", kNodeLimit, " values"));
    switch (event.type) {
      case YAML_SCALAR_EVENT: return remember(event.data.scalar.anchor, read_scalar(event));
      case YAML_SEQUENCE_START_EVENT: return read_sequence(event, depth);
      case YAML_MAPPING_START_EVENT: return read_mapping(event, depth);
      case YAML_ALIAS_EVENT: return read_alias(event, depth);
      default: return fail_at(mark, "unexpected end of the document");
    }
  }

  Parsed<Node> remember(const yaml_char_t* anchor, Parsed<Node> node) {
    if (node && anchor != nullptr) anchors_[std::string(text_of(anchor))] = *node;
    return node;
  }

  static Parsed<Node> read_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    Node node;
    node.mark = to_mark(event.start_mark);
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
    std::string_view tag = text_of(scalar.tag);
    Kind plain = resolve_plain(node.text);
    if (tag.empty()) {
      node.kind = node.quoted ? Kind::string : plain;
      return node;
    }
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag != "!" && !tag.starts_with(kCore)) return fail_at(node.mark, cat("unknown tag ", tag));
    auto kind = kind_by_tag(tag, plain);
    if (!kind) return fail_at(node.mark, cat("cannot read ", quoted(node.text), " as !!", tag.substr(kCore.size())));
    node.kind = *kind;
    return node;
  }

  Parsed<Node> read_sequence(const yaml_event_t& event, int depth) {
    Node node;
    node.kind = Kind::sequence;
    node.mark = to_mark(event.start_mark);
    std::string_view tag = text_of(event.data.sequence_start.tag);
    if (!tag.empty() && tag != YAML_SEQ_TAG) return fail_at(node.mark, cat("unknown tag ", tag));
    while (true) {
      EventGuard item;
      TRY_PARSED(next(item.event));
      if (item.event.type == YAML_SEQUENCE_END_EVENT) break;
      node.items.push_back(TRY_PARSED(read(item.event, depth + 1)));
    }
    return remember(event.data.sequence_start.anchor, std::move(node));
  }

  Parsed<Node> read_mapping(const yaml_event_t& event, int depth) {
    Node node;
    node.kind = Kind::mapping;
    node.mark = to_mark(event.start_mark);
    std::string_view tag = text_of(event.data.mapping_start.tag);
    if (!tag.empty() && tag != YAML_MAP_TAG) return fail_at(node.mark, cat("unknown tag ", tag));
    std::vector<Node> merged;
    SeenKeys seen;
    while (true) {
      EventGuard key_event, value_event;
      TRY_PARSED(next(key_event.event));
      if (key_event.event.type == YAML_MAPPING_END_EVENT) break;
      Node key = TRY_PARSED(read(key_event.event, depth + 1));
      TRY_PARSED(next(value_event.event));
      Node value = TRY_PARSED(read(value_event.event, depth + 1));
      if (!key.is_scalar()) return fail_at(key.mark, "a key must be a string");
      if (key.text == "<<" && !key.quoted) {
        merged.push_back(std::move(value));
        continue;
      }
      auto [first, fresh] = seen.emplace(key.text, key.mark);
      if (!fresh) return fail_at(key.mark, cat("key ", quoted(key.text), " already set at line ", first->second.line));
      node.entries.push_back({std::move(key), std::move(value)});
    }
    for (const Node& from : merged) TRY_PARSED(merge(node, from, seen));
    return remember(event.data.mapping_start.anchor, std::move(node));
  }

  // The merge key: keys of `from`, or of each mapping in it, that the node does not have itself; the first wins.
  static Parsed<> merge(Node& node, const Node& from, SeenKeys& seen) {
    if (from.kind == Kind::sequence) {
      for (const Node& one : from.items) {
        if (one.kind != Kind::mapping) return fail_at(one.mark, kMergeError);
        TRY_PARSED(merge(node, one, seen));
      }
      return {};
    }
    if (from.kind != Kind::mapping) return fail_at(from.mark, kMergeError);
    for (const Entry& entry : from.entries)
      if (seen.emplace(entry.key.text, entry.key.mark).second) node.entries.push_back(entry);
    return {};
  }

  // A copy of the anchored tree, counted as if it had been written out: "billion laughs" ends at kNodeLimit.
  Parsed<Node> read_alias(const yaml_event_t& event, int depth) {
    Mark mark = to_mark(event.start_mark);
    auto found = anchors_.find(text_of(event.data.alias.anchor));
    if (found == anchors_.end()) return fail_at(mark, cat("unknown anchor ", quoted(text_of(event.data.alias.anchor))));
    nodes_ += cost_of(found->second);
    if (nodes_ > kNodeLimit) return fail_at(mark, cat("aliases expand to more than ", kNodeLimit, " values"));
    if (depth + depth_of(found->second) > kDepthLimit)
      return fail_at(mark, cat("nested more than ", kDepthLimit, " levels deep"));
    return found->second;
  }

  static int depth_of(const Node& node) {
    int deepest = 0;
    for (const Node& item : node.items) deepest = std::max(deepest, 1 + depth_of(item));
    for (const Entry& entry : node.entries) deepest = std::max(deepest, 1 + depth_of(entry.value));
    return deepest;
  }

  std::string_view text_;
  yaml_parser_t parser_{};
  bool ready_ = false;
  size_t nodes_ = 0;
  std::map<std::string, Node, std::less<>> anchors_;
};

// Where the first character is that is not UTF-8.
Mark find_bad_text(std::string_view text) {
  size_t good = 0;
  for (size_t next = 1; good < text.size(); good = next++) {
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    if (!is_utf8(text.substr(good, next - good))) break;
  }
  return mark_of(text, good);
}

}  // namespace

Parsed<std::vector<Node>> parse_yaml(std::string_view text) {
  if (text.size() > kTextLimit) return fail_at({}, cat("larger than ", kTextLimit >> 20, " MiB"));
  if (!is_utf8(text)) return fail_at(find_bad_text(text), "invalid UTF-8");
  return std::make_unique<Builder>(text)->build();
}

}  // namespace kube
