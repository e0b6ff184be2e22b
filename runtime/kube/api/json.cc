// JSON text to nodes: manifests may be JSON, and pods are kept on disk as JSON.
#include <set>

#include "base/text.h"
#include "runtime/kube/api/node.h"

namespace kube {
namespace {

using Kind = Node::Kind;

void append_utf8(std::string& out, uint32_t c) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xC0 | c >> 6), put(0x80 | (c & 63));
  if (c < 0x10000) return put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
}

// Reads from the front of `rest_`. Recursion is bounded by kDepthLimit.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text), rest_(text) {}

  Parsed<Node> read_document() {
    Node node = TRY_PARSED(read_value(0));
    skip_space();
    if (!rest_.empty()) return fail_here("text after the end of the JSON document");
    return node;
  }

 private:
  std::unexpected<ParseError> fail_here(std::string message) const {
    return std::unexpected(ParseError{mark_of(text_, text_.size() - rest_.size()), std::move(message), {}});
  }

  // Marks are counted onwards from the last one, so that all of them together cost one pass.
  Mark here() {
    size_t offset = text_.size() - rest_.size();
    Mark step = mark_of(text_.substr(marked_, offset - marked_), offset - marked_);
    mark_ = step.line > 1 ? Mark{mark_.line + step.line - 1, step.column}
                          : Mark{mark_.line, mark_.column + step.column - 1};
    marked_ = offset;
    return mark_;
  }

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  Parsed<Node> read_value(int depth) {
    skip_space();
    Node node;
    node.mark = here();
    if (depth > kDepthLimit) return fail_here(cat("nested more than ", kDepthLimit, " levels deep"));
    if (++nodes_ > kNodeLimit) return fail_here(cat("more than ", kNodeLimit, " values"));
    if (rest_.empty()) return fail_here("unexpected end of JSON");
    switch (rest_[0]) {
      case '{': return read_object(std::move(node), depth);
      case '[': return read_array(std::move(node), depth);
      case '"':
        node.kind = Kind::string;
        node.quoted = true;
        node.text = TRY_PARSED(read_string());
        return node;
      default: return read_word(std::move(node));
    }
  }

  // true, false, null or a number.
  Parsed<Node> read_word(Node node) {
    size_t end = std::min(rest_.find_first_of(" \t\r\n,:]}[{\""), rest_.size());
    node.text = rest_.substr(0, end);
    if (node.text == "null")
      node.kind = Kind::null;
    else if (node.text == "true" || node.text == "false")
      node.kind = Kind::boolean;
    else if (is_number(node.text))
      node.kind = resolve_plain(node.text);
    else
      return fail_here("invalid JSON value");
    rest_.remove_prefix(end);
    return node;
  }

  // RFC 8259: no leading zero or plus, digits on both sides of a point.
  static bool is_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || text[0] < '0' || text[0] > '9') return false;
    if (text[0] == '0' && text.size() > 1 && text.find_first_of(".eE") != 1) return false;
    size_t point = text.find('.');
    if (point != std::string_view::npos && (point + 1 == text.size() || text[point + 1] < '0' || text[point + 1] > '9'))
      return false;
    Kind kind = resolve_plain(text);
    return (kind == Kind::integer || kind == Kind::real) && text.find_first_of("_xXoObB") == std::string_view::npos;
  }

  Parsed<Node> read_array(Node node, int depth) {
    node.kind = Kind::sequence;
    take("[");
    skip_space();
    if (take("]")) return node;
    do node.items.push_back(TRY_PARSED(read_value(depth + 1)));
    while (skip_space(), take(","));
    if (!take("]")) return fail_here(rest_.empty() ? "unexpected end of JSON" : "expected ',' or ']'");
    return node;
  }

  Parsed<Node> read_object(Node node, int depth) {
    node.kind = Kind::mapping;
    std::set<std::string> seen;
    take("{");
    skip_space();
    if (take("}")) return node;
    do {
      skip_space();
      if (!rest_.starts_with('"'))
        return fail_here(rest_.empty() ? "unexpected end of JSON" : "expected a key in quotes");
      Node key = TRY_PARSED(read_value(depth + 1));
      if (!seen.insert(key.text).second)
        return std::unexpected(ParseError{key.mark, cat("key ", quoted(key.text), " already set"), {}});
      skip_space();
      if (!take(":")) return fail_here("expected ':'");
      Node value = TRY_PARSED(read_value(depth + 1));
      node.entries.push_back({std::move(key), std::move(value)});
    } while (skip_space(), take(","));
    if (!take("}")) return fail_here(rest_.empty() ? "unexpected end of JSON" : "expected ',' or '}'");
    return node;
  }

  Parsed<std::string> read_string() {
    std::string out;
    take("\"");
    while (!take("\"")) {
      size_t plain = std::min(rest_.find_first_of("\"\\"), rest_.size());
      for (char c : rest_.substr(0, plain))
        if (static_cast<unsigned char>(c) < 0x20) return fail_here("control character in a JSON string");
      out += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (rest_.empty()) return fail_here("unexpected end of JSON");
      if (take("\\")) TRY_PARSED(read_escape(out));
    }
    return out;
  }

  Parsed<> read_escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (take("u")) return read_code(out);
    size_t which = rest_.empty() ? std::string_view::npos : kLetters.find(rest_[0]);
    if (which == std::string_view::npos) return fail_here("unknown escape in a JSON string");
    out += kMeant[which];
    rest_.remove_prefix(1);
    return {};
  }

  // The four digits after \u, and the other half of a surrogate pair. A lone half becomes U+FFFD, as in Go.
  Parsed<> read_code(std::string& out) {
    uint32_t code = TRY_PARSED(read_hex());
    if (code >= 0xD800 && code < 0xDC00 && rest_.starts_with("\\u")) {
      std::string_view before = rest_;
      take("\\u");
      uint32_t low = TRY_PARSED(read_hex());
      if (low >= 0xDC00 && low < 0xE000)
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      else
        rest_ = before;
    }
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return {};
  }

  Parsed<uint32_t> read_hex() {
    auto code = parse_number<uint32_t>(rest_.substr(0, 4), 16);
    if (!code || rest_.size() < 4) return fail_here("expected four hexadecimal digits after \\u");
    rest_.remove_prefix(4);
    return *code;
  }

  std::string_view text_, rest_;
  size_t marked_ = 0, nodes_ = 0;
  Mark mark_;
};

}  // namespace

Parsed<Node> parse_json(std::string_view text) {
  if (text.size() > kTextLimit)
    return std::unexpected(ParseError{{}, cat("larger than ", kTextLimit >> 20, " MiB"), {}});
  if (!is_utf8(text)) return std::unexpected(ParseError{{}, "invalid UTF-8", {}});
  return JsonReader(text).read_document();
}

}  // namespace kube
