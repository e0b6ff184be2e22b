// Where the keys and values of ConfigMaps and Secrets come from. Errors have kubectl's words.
#include "runtime/kube/verbs/sources.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/path.h"

using namespace kube;

namespace {

struct SourceFolder {
  std::string path;
  SourceFolder() {
    char name[] = "/tmp/nacelle-sources-XXXXXX";
    if (const char* made = mkdtemp(name)) path = made;
  }
  SourceFolder(const SourceFolder&) = delete;
  SourceFolder& operator=(const SourceFolder&) = delete;
  ~SourceFolder() { (void)remove_tree(path); }
  std::string write(const std::string& name, std::string_view text) const {
    CHECK(replace_file(path + "/" + name, text));
    return path + "/" + name;
  }
};

std::string problem_of(const DataSources& sources) {
  const auto values = read_sources(sources, "ConfigMap", "x");
  return values ? "none" : values.error().text();
}

}  // namespace

TEST_CASE("sources: a file is called as itself or as one says, whatever is in it") {
  const SourceFolder folder;
  const std::string file = folder.write("a.txt", std::string("\xff\0x", 3));
  CHECK(read_sources({.files = {file, "key=" + file}}, "ConfigMap", "x") ==
        StringMap{{"a.txt", std::string("\xff\0x", 3)}, {"key", std::string("\xff\0x", 3)}});
}

TEST_CASE("sources: of a folder the regular files, hidden ones too") {
  const SourceFolder folder;
  (void)folder.write("one", "1");
  (void)folder.write(".hidden", "2");
  REQUIRE(mkdir((folder.path + "/sub").c_str(), 0700) == 0);
  REQUIRE(symlink("one", (folder.path + "/link").c_str()) == 0);
  CHECK(read_sources({.files = {folder.path}}, "ConfigMap", "x") == StringMap{{".hidden", "2"}, {"one", "1"}});
  CHECK(read_sources({.files = {folder.path + "/"}}, "ConfigMap", "x")->size() == 2);
  CHECK(problem_of({.files = {"a=" + folder.path}}) == "cannot give a key name for a directory path");
  (void)folder.write("a b", "");
  CHECK(problem_of({.files = {folder.path}})
            .starts_with("\"a b\" is not a valid key name for a ConfigMap: a valid config key"));
}

TEST_CASE("sources: literals, and a key that is there twice") {
  CHECK(read_sources({.literals = {"a=b=c", "d="}}, "ConfigMap", "x") == StringMap{{"a", "b=c"}, {"d", ""}});
  CHECK(problem_of({.literals = {"a"}}) == "invalid literal source a, expected key=value");
  CHECK(problem_of({.literals = {"=a"}}) == "invalid literal source =a, expected key=value");
  CHECK(problem_of({.literals = {"a=b", "a=c"}}) ==
        "cannot add key \"a\", another key by that name already exists in Data for ConfigMap \"x\"");
}

TEST_CASE("sources: what is wrong with a file's word") {
  CHECK(problem_of({.files = {"=env"}}) == "key name for file path env missing");
  CHECK(problem_of({.files = {"env="}}) == "file path for key name env missing");
  CHECK(problem_of({.files = {"a=b=c"}}) == "key names or file paths cannot contain '='");
  CHECK(problem_of({.files = {"/nowhere"}}) == "error reading /nowhere: No such file or directory");
  CHECK(problem_of({.env_files = {"x"}, .literals = {"a=b"}}) ==
        "from-env-file cannot be combined with from-file or from-literal");
}

TEST_CASE("sources: lines of an env file") {
  const SourceFolder folder;
  const std::string one = folder.write("one",
                                       "\xef\xbb\xbf"
                                       "enemies=aliens\n  lives=3\r\n# no\n\nallowed=\"true\"\nx.y=  z  \n");
  const std::string two = folder.write("two", "color=purple\nlives=4");
  CHECK(read_sources({.env_files = {one}}, "ConfigMap", "x") ==
        StringMap{{"allowed", "\"true\""}, {"enemies", "aliens"}, {"lives", "3"}, {"x.y", "  z  "}});
  CHECK(problem_of({.env_files = {one, two}}).find("cannot add key \"lives\"") != std::string::npos);
  setenv("NACELLE_TEST_WORD", "inherited", 1);
  using Lines = std::vector<std::pair<std::string, std::string>>;
  CHECK(parse_env_file("NACELLE_TEST_WORD\nNACELLE_TEST_NONE", true) ==
        Lines{{"NACELLE_TEST_WORD", "inherited"}, {"NACELLE_TEST_NONE", ""}});
  CHECK(parse_env_file("NACELLE_TEST_WORD", false) == Lines{{"NACELLE_TEST_WORD", ""}});
  for (const char* text : {"b = 3", "=b", "1a=b", "a b"}) CHECK_MESSAGE(!parse_env_file(text, true), text);
  CHECK(parse_env_file("a=b\nc=\xff", true).error().text() == "invalid utf8 bytes at line 2");
}

TEST_CASE("sources: text goes into data, all else into binaryData") {
  ConfigMap map;
  put_data(map, {{"text", "é\n"}, {"bytes", "\xff\xfe"}, {"empty", ""}});
  CHECK(map.data == StringMap{{"empty", ""}, {"text", "é\n"}});
  CHECK(map.binary_data == StringMap{{"bytes", "\xff\xfe"}});
}
