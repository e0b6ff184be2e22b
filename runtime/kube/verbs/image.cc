// image import, ls, rm.
#include "base/text.h"
#include "runtime/kube/api/table.h"
#include "runtime/kube/api/time.h"
#include "runtime/kube/images/images.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr size_t kShownDigits = 12;

std::string short_id(const images::Image& image) {
  const size_t colon = image.id.find(':');
  return image.id.substr(colon == std::string::npos ? 0 : colon + 1, kShownDigits);
}

// "1.2MiB", one decimal.
std::string print_size(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  uint64_t tenths = bytes * 10;
  for (; tenths >= 10240 && unit + 1 < std::size(kUnits); unit++) tenths /= 1024;
  return unit == 0 ? cat(bytes, "B") : cat(tenths / 10, ".", tenths % 10, kUnits[unit]);
}

struct Name {
  std::string repository, tag;
};

Name split_name(const std::string& name) {
  const size_t colon = name.rfind(':');
  if (colon == std::string::npos || name.find('/', colon) != std::string::npos) return {name, "<none>"};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

Result<int> import(const images::Store& store, const std::vector<std::string>& words) {
  if (words.size() < 2) return fail("FILE is missing", "an OCI layout or a docker-archive");
  if (words.size() > 3) return fail(cat("too many arguments: ", quoted(words[3])));
  for (const images::Image& image : TRY(images::import_image(store, words[1], words.size() > 2 ? words[2] : ""))) {
    for (const std::string& name : image.names) TRY(say(cat(name, "\n")));
    if (image.names.empty()) TRY(say(cat(image.id, "\n")));
  }
  return 0;
}

Result<int> list(const images::Store& store) {
  std::vector<std::vector<std::string>> rows = {{"IMAGE", "TAG", "IMAGE ID", "SIZE", "IMPORTED"}};
  for (const images::Image& image : TRY(images::list_images(store))) {
    std::vector<std::string> names = image.names;
    if (names.empty()) names.emplace_back("<none>:<none>");
    for (const std::string& name : names) {
      const Name parts = split_name(name);
      rows.push_back({parts.repository, parts.tag, short_id(image), print_size(image.size),
                      cat(print_age({image.imported}, now()), " ago")});
    }
  }
  TRY(say(print_table(rows)));
  return 0;
}

Result<int> remove(const images::Store& store, const std::vector<std::string>& words) {
  if (words.size() < 2) return fail("IMAGE is missing");
  for (size_t i = 1; i < words.size(); i++) {
    TRY(images::remove_image(store, words[i]));
    TRY(say(cat("image \"", words[i], "\" removed\n")));
  }
  return 0;
}

}  // namespace

Result<int> run_image(const Call& call) {
  const images::Store store{call.place.images};
  const std::vector<std::string>& words = call.arguments.operands;
  if (words[0] == "import") return import(store, words);
  if (words[0] == "ls" || words[0] == "list") return list(store);
  if (words[0] == "rm" || words[0] == "remove") return remove(store, words);
  return fail(cat("unknown verb ", quoted(cat("image ", words[0]))), "import, ls or rm");
}

Result<int> run_version(const Call& /*call*/) {
  TRY(say("nacelle-kube version " NACELLE_VERSION "\ncommit: " NACELLE_COMMIT "\napi: core/v1 Pod\n"));
  return 0;
}

}  // namespace kube
