#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/jsonpath.h"

namespace kube {
namespace {

using StepKind = PathStep::Kind;

constexpr int kDeepest = 50;  // of ranges and filters in each other

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

PathStep literal(std::string text, Node::Kind kind) {
  PathStep step{.kind = StepKind::literal};
  step.value.kind = kind;
  step.value.text = std::move(text);
  return step;
}

// "a\.b" is "a.b".
std::string without_escapes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

// Where the quote ends that begins at `begin`; at or beyond the text's end when it does not.
size_t end_of_quote(std::string_view text, size_t begin) {
  size_t i = begin + 1;
  while (i < text.size() && text[i] != text[begin]) i += text[i] == '\\' ? 2 : 1;
  return i;
}

// Where the bracket or brace ends that was opened before `from`; npos when it does not. Quotes hide what is in them.
size_t find_end(std::string_view text, size_t from, char open, char close) {
  int depth = 1;
  for (size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"' || c == '\'') {
      i = end_of_quote(text, i);
    } else if (c == open) {
      ++depth;
    } else if (c == close && --depth == 0) {
      return i;
    }
  }
  return text.npos;
}

// Parts between commas that are not in quotes.
std::vector<std::string_view> split_choice(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == ',') {
      parts.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
}

// The escapes of Go's strings that a shell's user may need.
std::string unquote(std::string_view text) {
  constexpr std::string_view kLetters = "abfnrtv0", kMeant("\a\b\f\n\r\t\v\0", 8);
  std::string out;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] != '\\' || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    const size_t which = kLetters.find(text[++i]);
    out += which == kLetters.npos ? text[i] : kMeant[which];
  }
  return out;
}

Result<Path> parse_path(std::string_view text, int depth);

Result<PathStep> parse_slice(std::string_view text) {
  PathStep step{.kind = StepKind::slice};
  if (text == "*") return step;
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3) return fail(cat("invalid array index ", visible(text)));
  std::optional<int64_t>* const bounds[] = {&step.start, &step.end, &step.stride};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() && parts.size() > 1) continue;
    *bounds[i] = parse_number<int64_t>(parts[i]);
    // Far from any overflow of the sums that are made of them.
    if (!*bounds[i] || **bounds[i] > INT32_MAX || **bounds[i] < INT32_MIN)
      return fail(cat("invalid array index ", visible(text)));
  }
  if (parts.size() == 1) step.end = *step.start + 1;
  if (step.stride && *step.stride <= 0) return fail("step must be > 0");
  return step;
}

Result<PathStep> parse_filter(std::string_view text, int depth) {
  PathStep step{.kind = StepKind::filter};
  size_t begin = text.npos, i = 0;
  for (char quote = 0; i < text.size() && begin == text.npos; ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (std::string_view("!<>=").find(c) != std::string_view::npos) {
      begin = i;
    }
  }
  step.parts.push_back(TRY(parse_path(trimmed(text.substr(0, begin)), depth + 1)));
  if (begin == text.npos) return step;
  const size_t end = std::min(text.find_first_not_of("!<>=", begin), text.size());
  step.name = text.substr(begin, end - begin);
  for (const char* known : {"==", "!=", "<", "<=", ">", ">="})
    if (step.name == known) {
      step.parts.push_back(TRY(parse_path(trimmed(text.substr(end)), depth + 1)));
      return step;
    }
  return fail(cat("unrecognized filter operator ", step.name));
}

// What is in the brackets.
Result<PathStep> parse_brackets(std::string_view text, int depth) {
  if (text.starts_with("?(") && text.ends_with(')')) return parse_filter(text.substr(2, text.size() - 3), depth);
  const std::vector<std::string_view> parts = split_choice(text);
  if (parts.size() > 1) {
    PathStep step{.kind = StepKind::choice};
    for (const std::string_view part : parts) step.parts.push_back({TRY(parse_brackets(part, depth + 1))});
    return step;
  }
  if (is_quoted(parts[0]))
    return PathStep{.kind = StepKind::field, .name = without_escapes(parts[0].substr(1, parts[0].size() - 2))};
  return parse_slice(parts[0]);
}

class PathParser {
 public:
  PathParser(std::string_view text, int depth) : text_(text), depth_(depth) {}

  Result<Path> parse() {
    if (depth_ > kDeepest) return fail("too many filters in each other");
    while (at_ < text_.size()) TRY(parse_step());
    return std::move(path_);
  }

 private:
  Result<> parse_step() {
    const char c = text_[at_];
    if (is_space(c) || c == '@') {
      ++at_;
    } else if (c == '$') {
      ++at_;
      path_.push_back({.kind = StepKind::root});
    } else if (c == '.') {
      parse_dots();
    } else if (c == '[') {
      const size_t end = find_end(text_, at_ + 1, '[', ']');
      if (end == text_.npos) return fail("unterminated array");
      path_.push_back(TRY(parse_brackets(text_.substr(at_ + 1, end - at_ - 1), depth_)));
      at_ = end + 1;
    } else if (c == '"' || c == '\'') {
      const size_t end = end_of_quote(text_, at_);
      if (end >= text_.size()) return fail("unterminated quoted string");
      path_.push_back(literal(unquote(text_.substr(at_, end + 1 - at_)), Node::Kind::string));
      at_ = end + 1;
    } else {
      return parse_word();
    }
    return {};
  }

  void parse_dots() {
    ++at_;
    if (text_.substr(at_).starts_with('.')) {
      path_.push_back({.kind = StepKind::all});
      ++at_;
    }
    if (text_.substr(at_).starts_with('*')) {
      path_.push_back({.kind = StepKind::children});
      ++at_;
      return;
    }
    const size_t begin = at_;
    while (at_ < text_.size() && std::string_view(" \t\r\n.,[]$@{}()").find(text_[at_]) == std::string_view::npos)
      at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    if (at_ > begin)
      path_.push_back({.kind = StepKind::field, .name = without_escapes(text_.substr(begin, at_ - begin))});
  }

  Result<> parse_word() {
    const size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '-' ||
                                  text_[at_] == '+' || (text_[at_] == '.' && is_digit(text_[begin]))))
      ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    const Node::Kind kind = resolve_plain(word);
    if (word == "true" || word == "false" || kind == Node::Kind::integer || kind == Node::Kind::real) {
      path_.push_back(literal(word, kind));
      return {};
    }
    if (word.empty()) return fail(cat("unrecognized character in action: ", quoted(text_.substr(at_, 1))));
    return fail(cat("unrecognized identifier ", word));
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_;
  Path path_;
};

Result<Path> parse_path(std::string_view text, int depth) {
  return PathParser(text, depth).parse();
}

class TemplateParser {
 public:
  explicit TemplateParser(std::string_view text) : text_(text) {}

  // Up to the {end} of the range that is being read, or to the end of the text.
  Result<Template> parse(int depth) {
    if (depth > kDeepest) return fail("too many ranges in each other");
    Template parts;
    while (at_ < text_.size()) {
      const size_t brace = std::min(text_.find('{', at_), text_.size());
      if (brace > at_) parts.push_back({.text = std::string(text_.substr(at_, brace - at_))});
      at_ = brace;
      if (at_ == text_.size()) break;
      const std::string_view action = TRY(take_action());
      if (action == "end") {
        if (depth == 0) return fail("not in range, nothing to end");
        return parts;
      }
      const bool is_range = action.starts_with("range") && action.size() > 5 && !is_letter(action[5]);
      TemplatePart part{.kind = is_range ? TemplatePart::Kind::range : TemplatePart::Kind::path};
      part.path = TRY(parse_path(action.substr(is_range ? 5 : 0), 0));
      if (is_range) part.body = TRY(parse(depth + 1));
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  Result<std::string_view> take_action() {
    const size_t end = find_end(text_, at_ + 1, '{', '}');
    if (end == text_.npos) return fail("unclosed action");
    const std::string_view action = trimmed(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return action;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Template> parse_jsonpath(std::string_view text) {
  return TRY_IN(cat("error parsing jsonpath ", visible(text)), TemplateParser(text).parse(0));
}

}  // namespace kube
