#include "runtime/kube/api/emit.h"

#include <yaml.h>

#include "base/text.h"

namespace kube {
namespace {

using Kind = Node::Kind;

// libyaml takes its arguments as mutable bytes, and leaves them alone.
yaml_char_t* bytes_of(const char* text) {
  return reinterpret_cast<yaml_char_t*>(const_cast<char*>(text));
}

// Go's encoder also quotes what only other parsers of YAML take for a number or a date (base 60, timestamps).
bool looks_odd(std::string_view text) {
  bool sixty = text.find(':') != std::string_view::npos, date = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  for (char c : text)
    if (!is_digit(c)) sixty = sixty && (c == ':' || c == '.' || c == '_' || c == '+' || c == '-');
  for (char c : text.substr(0, date ? 10 : 0)) date = date && (is_digit(c) || c == '-');
  return sixty || date;
}

class YamlEmitter {
 public:
  explicit YamlEmitter(std::string& out) {
    yaml_emitter_initialize(&emitter_);
    yaml_emitter_set_output(&emitter_, append, &out);
    yaml_emitter_set_unicode(&emitter_, 1);
    yaml_emitter_set_width(&emitter_, -1);
  }
  YamlEmitter(const YamlEmitter&) = delete;
  YamlEmitter& operator=(const YamlEmitter&) = delete;
  ~YamlEmitter() { yaml_emitter_delete(&emitter_); }

  void emit_document(const Node& node) {
    yaml_event_t event;
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    yaml_emitter_emit(&emitter_, &event);
    yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
    yaml_emitter_emit(&emitter_, &event);
    emit(node);
    yaml_document_end_event_initialize(&event, 1);
    yaml_emitter_emit(&emitter_, &event);
    yaml_stream_end_event_initialize(&event);
    yaml_emitter_emit(&emitter_, &event);
  }

 private:
  static int append(void* out, unsigned char* bytes, size_t size) {
    static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
    return 1;
  }

  void emit(const Node& node) {
    yaml_event_t event;
    if (node.kind == Kind::sequence) {
      yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE);
      yaml_emitter_emit(&emitter_, &event);
      for (const Node& item : node.items) emit(item);
      yaml_sequence_end_event_initialize(&event);
      yaml_emitter_emit(&emitter_, &event);
    } else if (node.kind == Kind::mapping) {
      yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE);
      yaml_emitter_emit(&emitter_, &event);
      for (const Entry& entry : node.entries) {
        emit(entry.key);
        emit(entry.value);
      }
      yaml_mapping_end_event_initialize(&event);
      yaml_emitter_emit(&emitter_, &event);
    } else {
      emit_scalar(node);
    }
  }

  void emit_scalar(const Node& node) {
    bool ambiguous = resolve_plain(node.text) != Kind::string || node.text == "<<" || looks_odd(node.text);
    yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
    if (node.kind == Kind::string && ambiguous)
      style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    else if (node.kind == Kind::string && node.text.find('\n') != std::string::npos)
      style = YAML_LITERAL_SCALAR_STYLE;
    std::string text = node.kind == Kind::null ? "null" : node.text;
    yaml_event_t event;
    yaml_scalar_event_initialize(&event, nullptr, nullptr, bytes_of(text.data()), static_cast<int>(text.size()), 1, 1,
                                 style);
    yaml_emitter_emit(&emitter_, &event);
  }

  yaml_emitter_t emitter_{};
};

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kMeant = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt", kHex = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    size_t which = kMeant.find(c);
    if (which != std::string_view::npos)
      out += {'\\', kLetters[which]};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += {'\\', 'u', '0', '0', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
    else
      out += c;
  }
  out += '"';
}

// `indent` below 0: all on one line.
void append_json(std::string& out, const Node& node, int indent) {
  int inner = indent < 0 ? indent : indent + 4;
  auto new_line = [&](int spaces) {
    if (indent >= 0) out.append("\n").append(static_cast<size_t>(spaces), ' ');
  };
  if (node.kind == Kind::sequence && !node.items.empty()) {
    out += '[';
    for (const Node& item : node.items) {
      if (&item != &node.items.front()) out += ',';
      new_line(inner);
      append_json(out, item, inner);
    }
    new_line(indent);
    out += ']';
  } else if (node.kind == Kind::mapping && !node.entries.empty()) {
    out += '{';
    for (const Entry& entry : node.entries) {
      if (&entry != &node.entries.front()) out += ',';
      new_line(inner);
      append_json_string(out, entry.key.text);
      out += indent < 0 ? ":" : ": ";
      append_json(out, entry.value, inner);
    }
    new_line(indent);
    out += '}';
  } else if (node.kind == Kind::string) {
    append_json_string(out, node.text);
  } else if (node.kind == Kind::sequence || node.kind == Kind::mapping) {
    out += node.kind == Kind::sequence ? "[]" : "{}";
  } else {
    out += node.kind == Kind::null ? "null" : node.text;
  }
}

}  // namespace

std::string emit_yaml(const Node& node) {
  std::string out;
  YamlEmitter(out).emit_document(node);
  return out;
}

std::string emit_compact_json(const Node& node) {
  std::string out;
  append_json(out, node, -1);
  return out;
}

std::string emit_go_json(const Node& node) {
  // These stand in strings only.
  std::string out;
  const std::string text = emit_compact_json(node);
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i, 3);
    if (rest[0] == '<' || rest[0] == '>' || rest[0] == '&') {
      out += rest[0] == '<' ? "\\u003c" : rest[0] == '>' ? "\\u003e" : "\\u0026";
    } else if (rest == "\u2028" || rest == "\u2029") {
      out += rest == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (rest[0] == '\\' && std::string_view(text).substr(i, 6) == "\\u007f") {
      out += '\x7f';
      i += 5;
    } else if (rest[0] == '\\') {
      out += rest.substr(0, 2);
      i += 1;
    } else {
      out += rest[0];
    }
  }
  return out;
}

std::string emit_json(const Node& node) {
  std::string out;
  append_json(out, node, 0);
  return out += '\n';
}

}  // namespace kube
