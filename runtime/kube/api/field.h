// One field of a struct: how it is read and printed, and what nacelle-pod(5) says of it. schema.h has the tables.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/kube/api/node.h"

namespace kube {

// What becomes of a field, as nacelle-pod(5) has it.
enum class Cover : uint8_t { supported, ignored, refused };

struct Field {
  std::string_view name;
  // Null: Kubernetes knows the field and this version does not cover it.
  Parsed<> (*decode)(const Node& node, const std::string& path, void* object) = nullptr;
  // False: the value is empty and is left out. Null: never printed.
  bool (*encode)(const void* object, Node& out) = nullptr;
  std::string_view values = {};   // all the API takes, "Always|Never|OnFailure"; empty: anything
  std::string_view covered = {};  // those that are covered; empty: all
  bool always = false;            // printed even when it is empty
  Cover cover = Cover::supported;
  std::string_view why = {};                       // the reason, or what else there is to say
  const std::span<const Field>* fields = nullptr;  // of the object that the value is, or is made of; null: a scalar
  std::string_view many = {};                      // "[]" of a list, "{}" of a map

  constexpr Field one_of(std::string_view all) const {
    Field copy = *this;
    copy.values = all;
    return copy;
  }
  // `reason`: why not the others; empty: they are not covered yet.
  constexpr Field only(std::string_view some, std::string_view reason = {}) const {
    Field copy = noted(reason);
    copy.covered = some;
    return copy;
  }
  constexpr Field shown() const {
    Field copy = *this;
    copy.always = true;
    return copy;
  }
  // Kept and shown, without effect.
  constexpr Field ignored(std::string_view reason) const {
    Field copy = noted(reason);
    copy.cover = Cover::ignored;
    return copy;
  }
  // Read and checked, and then refused all the same.
  constexpr Field denied(std::string_view reason) const {
    Field copy = noted(reason);
    copy.cover = Cover::refused;
    return copy;
  }
  constexpr Field noted(std::string_view text) const {
    Field copy = *this;
    copy.why = text;
    return copy;
  }
};

}  // namespace kube
