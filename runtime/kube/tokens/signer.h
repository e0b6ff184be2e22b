// Asking nacelle-sign, the one program that knows libcrypto.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kube {

// What nacelle-sign answers to the words; `key` is the open file of the key, or -1, and is where it stands. Error: that
// it is nowhere to be found, or what it says.
Result<std::string> ask_signer(int key, std::vector<std::string> words, std::string_view input = {});

}  // namespace kube
