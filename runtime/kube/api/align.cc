#include "runtime/kube/api/align.h"

#include <algorithm>

namespace kube {
namespace {

using Widths = std::vector<std::vector<size_t>>;

size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string visible(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20)
      out += {'^', static_cast<char>(c + '@')};
    else if (c == 0x7F)
      out += "^?";
    else
      out += c;
  }
  return out;
}

struct Layout {
  size_t min_width, padding;
  const std::vector<Row>& rows;
  Widths widths;

  // Lines up the column in rows [from, to), block by block, and then the columns right of it.
  void line_up(size_t from, size_t to, size_t column) {
    auto has_column = [&](size_t row) { return rows[row].size() > column + 1; };
    while (from < to) {
      if (!has_column(from)) {
        ++from;
        continue;
      }
      size_t end = from, width = min_width;
      for (; end < to && has_column(end); ++end) width = std::max(width, width_of(rows[end][column]) + padding);
      for (size_t row = from; row < end; ++row) widths[row].push_back(width);
      line_up(from, end, column + 1);
      from = end;
    }
  }
};

}  // namespace

std::string align(const std::vector<Row>& given, size_t min_width, size_t padding) {
  std::vector<Row> rows = given;
  for (Row& row : rows) std::transform(row.begin(), row.end(), row.begin(), visible);
  Layout layout{min_width, padding, rows, Widths(rows.size())};
  layout.line_up(0, rows.size(), 0);
  std::string out;
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t column = 0; column < rows[row].size(); ++column) {
      out += rows[row][column];
      if (column + 1 < rows[row].size()) out.append(layout.widths[row][column] - width_of(rows[row][column]), ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

}  // namespace kube
