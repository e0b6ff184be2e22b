// Columns that are as wide as what is in them, as Go's text/tabwriter makes them for kubectl.
#pragma once

#include <string>
#include <vector>

namespace kube {

using Row = std::vector<std::string>;

// The rows as lines. A column is lined up over neighbouring rows that have a cell after it; it is as wide as its widest
// cell and `padding` spaces, and at least `min_width`. The last cell of a row is not padded, no line ends in spaces.
// Control bytes are shown as ^X: a pod's texts must not drive the reader's terminal (CVE-2021-25743).
std::string align(const std::vector<Row>& rows, size_t min_width, size_t padding);

}  // namespace kube
