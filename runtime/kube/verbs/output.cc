#include "runtime/kube/verbs/output.h"

#include "base/text.h"
#include "runtime/kube/api/emit.h"

namespace kube {

using Format = Output::Format;

Result<Output> parse_output(const std::string& text) {
  static constexpr std::pair<std::string_view, Format> plain[] = {{"", Format::table},
                                                                  {"wide", Format::wide},
                                                                  {"yaml", Format::yaml},
                                                                  {"json", Format::json},
                                                                  {"name", Format::name}};
  for (const auto& [name, format] : plain)
    if (text == name) return Output{format, {}};
  constexpr std::string_view kJsonpath = "jsonpath=";
  if (text.starts_with(kJsonpath) && text.size() > kJsonpath.size())
    return Output{Format::jsonpath, TRY(parse_jsonpath(text.substr(kJsonpath.size())))};
  if (text == "jsonpath" || text == kJsonpath) return fail("template format specified but no template given");
  return fail(cat("--output: ", quoted(text), " is not wide, yaml, json, name or jsonpath=TEMPLATE"));
}

Result<std::string> print_objects(const std::vector<Object>& objects, const Output& output, bool is_one) {
  if (output.format == Format::name) {
    std::string text;
    for (const Object& object : objects) text += cat(kind_of(object).singular, "/", metadata_of(object).name, "\n");
    return text;
  }
  const Node node = is_one && objects.size() == 1 ? encode_object(objects[0]) : encode_list(objects);
  if (output.format == Format::jsonpath) return print_jsonpath(output.jsonpath, node);
  return output.format == Format::yaml ? emit_yaml(node) : emit_json(node);
}

}  // namespace kube
