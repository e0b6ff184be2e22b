// Inside of the reader: a document and its parts with nlohmann::json complete. Only json.cc and reader.cc include it,
// because it is slow to compile.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/oci/reader.h"

namespace oci {

struct Document::Content {
  std::string name;
  Json root;
  bool refuses_unknown_fields = false;
  std::function<std::string(const std::string&)> place_of;
};

}  // namespace oci
