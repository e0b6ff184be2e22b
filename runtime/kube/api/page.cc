#include "runtime/kube/api/page.h"

#include "base/text.h"

namespace kube {
namespace {

constexpr size_t kAnnotationWidth = 140;

std::string indent_of(int level) {
  return std::string(static_cast<size_t>(level) * 2, ' ');
}

}  // namespace

void Page::add(int level, std::string_view name, std::string value) {
  rows_.push_back({cat(indent_of(level), name, ':'), std::move(value)});
}

void Page::add_unless_empty(int level, std::string_view name, const std::string& value) {
  if (!value.empty()) add(level, name, value);
}

void Page::add_title(int level, std::string_view name) {
  add_text(level, cat(name, ':'));
}

void Page::add_text(int level, std::string_view text) {
  rows_.push_back({cat(indent_of(level), text)});
}

void Page::add_more(std::string value) {
  rows_.push_back({"", std::move(value)});
}

void Page::add_row(Row row) {
  rows_.push_back(std::move(row));
}

void Page::add_values(std::string_view name, const std::vector<std::string>& values) {
  add(0, name, values.empty() ? "<none>" : values[0]);
  for (size_t i = 1; i < values.size(); ++i) add_more(values[i]);
}

void Page::add_labels(const StringMap& labels) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : labels) lines.push_back(cat(key, '=', value));
  add_values("Labels", lines);
}

void Page::add_annotations(const StringMap& annotations) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : annotations) {
    const std::string_view text = trimmed(value);
    if (key.size() + text.size() + 2 <= kAnnotationWidth && text.find('\n') == std::string_view::npos) {
      lines.push_back(cat(key, ": ", text));
      continue;
    }
    lines.push_back(key + ":");
    for (const std::string& line : split(text, '\n'))
      lines.push_back(
          cat("  ", line.size() > kAnnotationWidth - 2 ? line.substr(0, kAnnotationWidth - 2) + "..." : line));
  }
  add_values("Annotations", lines);
}

std::string Page::text() const {
  return align(rows_, 0, 2);
}

std::string or_none(const std::string& text) {
  return text.empty() ? "<none>" : text;
}

}  // namespace kube
