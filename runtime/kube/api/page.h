// The pages of `describe`: names and values in two columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api/align.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Collects "Name:  value" rows at a level of indentation.
class Page {
 public:
  void add(int level, std::string_view name, std::string value);
  void add_unless_empty(int level, std::string_view name, const std::string& value);
  // "Name:", with what is below it.
  void add_title(int level, std::string_view name);
  void add_text(int level, std::string_view text);
  // A row that goes on in the column of the values.
  void add_more(std::string value);
  void add_row(Row row);
  // "Name:  a", and each further value below the first; "<none>" without any.
  void add_values(std::string_view name, const std::vector<std::string>& values);
  void add_labels(const StringMap& labels);
  // A long value, or one of several lines, goes below its key, shortened.
  void add_annotations(const StringMap& annotations);
  std::string text() const;

 private:
  std::vector<Row> rows_;
};

// "<none>" for an empty text.
std::string or_none(const std::string& text);

}  // namespace kube
