// What --help says, of the table of verbs; tests/lint compares it with the man pages.
#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/kube/verbs/verb.h"

TEST_CASE("verbs: --help of each names it, its operands and its options") {
  CHECK(kube::explain_program().find("  apply         make what manifests say\n") != std::string::npos);
  for (const kube::Verb& verb : kube::verbs()) {
    const std::string help = kube::explain_verb(verb);
    CHECK(help.starts_with(cat("nacelle kube ", verb.name, ": ")));
    CHECK(help.find("--namespace NAMESPACE") != std::string::npos);
  }
}
