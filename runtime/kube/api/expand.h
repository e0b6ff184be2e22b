// $(VAR) in command, args and env values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// $(NAME) becomes the variable's value; $$ becomes $, so $$(NAME) stays as $(NAME); an unknown name and a reference
// without end stay as they are. Values are not expanded again.
std::string expand(std::string_view text, const StringMap& variables);

// The env of a container, in order, expanded: a value sees the variables above it. `given` are variables that the
// runtime sets itself and a value may refer to. Of two with one name the later value wins, at the earlier's place.
std::vector<EnvVar> expand_env(const std::vector<EnvVar>& env, const StringMap& given = {});

// command or args of a container, expanded with its expanded env.
std::vector<std::string> expand_arguments(const std::vector<std::string>& arguments, const std::vector<EnvVar>& env);

}  // namespace kube
