#include "runtime/kube/api/expand.h"

#include <algorithm>

namespace kube {

std::string expand(std::string_view text, const StringMap& variables) {
  std::string out;
  while (!text.empty()) {
    size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
      continue;
    }
    size_t end = text.starts_with("$(") ? text.find(')') : std::string_view::npos;
    if (end == std::string_view::npos) {  // a lone $, or a reference that never ends
      size_t literal = text.empty() ? 0 : 1;
      out += text.substr(0, literal);
      text.remove_prefix(literal);
      continue;
    }
    auto variable = variables.find(std::string(text.substr(2, end - 2)));
    out += variable != variables.end() ? variable->second : std::string(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return out;
}

std::vector<EnvVar> expand_env(const std::vector<EnvVar>& env, const StringMap& given) {
  StringMap known = given;
  std::vector<EnvVar> out;
  for (const EnvVar& variable : env) {
    std::string value = expand(variable.value, known);
    known[variable.name] = value;
    auto earlier = std::find_if(out.begin(), out.end(), [&](const EnvVar& e) { return e.name == variable.name; });
    if (earlier != out.end())
      earlier->value = std::move(value);
    else
      out.push_back({variable.name, std::move(value)});
  }
  return out;
}

std::vector<std::string> expand_arguments(const std::vector<std::string>& arguments, const std::vector<EnvVar>& env) {
  StringMap variables;
  for (const EnvVar& variable : env) variables[variable.name] = variable.value;
  std::vector<std::string> out;
  out.reserve(arguments.size());
  for (const std::string& argument : arguments) out.push_back(expand(argument, variables));
  return out;
}

}  // namespace kube
