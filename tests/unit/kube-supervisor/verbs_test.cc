// The man page against the table of verbs.
#include <doctest/doctest.h>

#include <set>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/verbs/verb.h"

TEST_CASE("verbs: the man page has every verb and option that --help has, and no other option") {
  const auto read = read_file(NACELLE_KUBE_MAN_PAGE);
  REQUIRE(read);
  const std::string& page = *read;
  std::set<std::string> entries;
  const auto check = [&](const Option& option) {
    std::string entry =
        option.letter ? cat(".It Fl ", option.letter, " , Fl -", option.name) : cat(".It Fl -", option.name);
    if (!option.value.empty()) entry += cat(" Ar ", option.value);
    CHECK_MESSAGE(page.find(entry + "\n") != std::string::npos, entry);
    entries.insert(entry);
  };
  for (const Option& option : kube::kCommonOptions) check(option);
  check(kHelp);
  for (const kube::Verb& verb : kube::verbs()) {
    CHECK_MESSAGE(page.find(cat("\n.Ss ", verb.name)) != std::string::npos, std::string(verb.name));
    for (const Option& option : verb.options) check(option);
  }
  size_t written = 0;
  for (size_t at = page.find(".It Fl "); at != std::string::npos; at = page.find(".It Fl ", at + 1)) written++;
  CHECK(written == entries.size());
}

TEST_CASE("verbs: --help of each names it, its operands and its options") {
  CHECK(kube::explain_program().find("  apply         make what manifests say\n") != std::string::npos);
  for (const kube::Verb& verb : kube::verbs()) {
    const std::string help = kube::explain_verb(verb);
    CHECK(help.starts_with(cat("nacelle kube ", verb.name, ": ")));
    CHECK(help.find("--namespace NAMESPACE") != std::string::npos);
  }
}
