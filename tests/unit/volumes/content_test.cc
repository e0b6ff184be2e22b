#include "sandbox/volumes/content.h"

#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "tests/unit/volumes/scratch.h"

namespace {

using volumes::Content;
using Names = std::vector<std::string>;

std::string link_of(const Scratch& scratch, const std::string& name) {
  char target[256];
  const ssize_t length = readlink(scratch.at(name).c_str(), target, sizeof target);
  return length < 0 ? "" : std::string(target, static_cast<size_t>(length));
}

std::string text_of(const Scratch& scratch, const std::string& name) {
  return read_file(scratch.at(name)).value_or("no file");
}

Names shown(const Scratch& scratch) {
  Names names = *list_directory(scratch.fd.get());
  std::erase_if(names, [](const std::string& name) { return name.starts_with(".."); });
  return names;
}

}  // namespace

TEST_CASE("content: files stand in a folder with the time in its name, shown by links through ..data") {
  Scratch scratch;
  CHECK(*volumes::write_content(scratch.fd.get(), {.files = {{"a", "one"}, {"keys/b", "two", 0400}}}));
  CHECK(text_of(scratch, "a") == "one");
  CHECK(text_of(scratch, "keys/b") == "two");
  CHECK(link_of(scratch, "a") == "..data/a");
  CHECK(link_of(scratch, "keys") == "..data/keys");
  const std::string folder = link_of(scratch, "..data");
  CHECK(folder.starts_with("..20"));
  CHECK(*list_directory(scratch.fd.get()) == Names{folder, "..data", "a", "keys"});
  CHECK(scratch.mode(folder) == 0755);
  CHECK(scratch.mode(folder + "/a") == 0644);
  CHECK(scratch.mode(folder + "/keys/b") == 0400);
}

TEST_CASE("content: modes are those asked for, whatever the umask is") {
  Scratch scratch;
  const mode_t before = umask(0077);
  CHECK(*volumes::write_content(scratch.fd.get(), {.files = {{"run", "", 0777}, {"in/x", "", 0666}}}));
  umask(before);
  CHECK(scratch.mode("..data/run") == 0777);
  CHECK(scratch.mode("..data/in") == 0755);
  CHECK(scratch.mode("..data/in/x") == 0666);
}

TEST_CASE("content: what is there already is not written again") {
  Scratch scratch;
  const Content content{.files = {{"a", "one"}}};
  CHECK(*volumes::write_content(scratch.fd.get(), content));
  const std::string folder = link_of(scratch, "..data");
  CHECK_FALSE(*volumes::write_content(scratch.fd.get(), content));
  CHECK(link_of(scratch, "..data") == folder);
}

TEST_CASE("content: another text, mode, file or fewer files make a new folder, and the old one goes") {
  Scratch scratch;
  std::string folder;
  for (const Content& content :
       {Content{.files = {{"a", "one"}, {"b", "x"}}}, Content{.files = {{"a", "two"}, {"b", "x"}}},
        Content{.files = {{"a", "two", 0600}, {"b", "x"}}}, Content{.files = {{"a", "two", 0600}}}, Content{}}) {
    CHECK(*volumes::write_content(scratch.fd.get(), content));
    CHECK(link_of(scratch, "..data") != folder);
    folder = link_of(scratch, "..data");
    CHECK(shown(scratch).size() == content.files.size());
    CHECK(list_directory(scratch.fd.get())->size() == content.files.size() + 2);
  }
}

TEST_CASE("content: a group reads every file and enters every folder") {
  if (geteuid() != 0) return;
  Scratch scratch;
  CHECK(*volumes::write_content(scratch.fd.get(),
                                {.files = {{"keys/a", "", 0400}, {"own", "", 0600, 1000}}, .group = 2000}));
  CHECK(scratch.mode("..data/keys/a") == 0440);
  CHECK(scratch.status("..data/keys/a").st_gid == 2000);
  CHECK(scratch.mode("..data/keys") == 02755);
  CHECK(scratch.status("..data/keys").st_gid == 2000);
  CHECK(scratch.mode("..data/own") == 0640);
  CHECK(scratch.status("..data/own").st_uid == 1000);
  CHECK(scratch.status(".").st_gid == 2000);
  CHECK((scratch.mode(".") & 02550) == 02550);
}

TEST_CASE("content: names that would leave the volume, or are the layout's, are refused and nothing is written") {
  Scratch scratch;
  const std::string nul("a\0b", 3), longest(256, 'x');
  for (const std::string& path : {std::string(), std::string("/etc/passwd"), std::string(".."), std::string("../x"),
                                  std::string("a/../../x"), std::string("..data"), std::string("..x/a"),
                                  std::string("a//b"), std::string("a/"), std::string("./a"), nul, longest}) {
    CAPTURE(path);
    CHECK_FALSE(volumes::write_content(scratch.fd.get(), {.files = {{path, "evil"}}}));
  }
  CHECK_FALSE(volumes::write_content(scratch.fd.get(), {.files = {{"a", ""}, {"a", ""}}}));
  CHECK(volumes::write_content(scratch.fd.get(), {.files = {{"a/b", ""}, {"a", ""}}}).error().text() ==
        "path 'a/b': is below the file 'a'");
  CHECK(list_directory(scratch.fd.get())->empty());
}

TEST_CASE("content: a file that cannot be written leaves the old ones") {
  Scratch scratch;
  CHECK(*volumes::write_content(scratch.fd.get(), {.files = {{"a", "one"}}}));
  const Names before = *list_directory(scratch.fd.get());
  const rlimit none{.rlim_cur = 4, .rlim_max = RLIM_INFINITY};
  rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &none);
  const Result<bool> written = volumes::write_content(scratch.fd.get(), {.files = {{"b/c", "longer than four bytes"}}});
  setrlimit(RLIMIT_FSIZE, &old);
  CHECK(written.error().err == EFBIG);
  CHECK(*list_directory(scratch.fd.get()) == before);
  CHECK(text_of(scratch, "a") == "one");
}

TEST_CASE("content: what a writer left that was killed is cleared up") {
  Scratch scratch;
  scratch.folder("..2020_01_01_00_00_00.000000001");
  scratch.file("..2020_01_01_00_00_00.000000001/a");
  scratch.link("..data_tmp", "..2020_01_01_00_00_00.000000001");
  scratch.link("gone", "..data/gone");
  CHECK(*volumes::write_content(scratch.fd.get(), {.files = {{"a", "one"}}}));
  CHECK(list_directory(scratch.fd.get())->size() == 3);
  CHECK(text_of(scratch, "a") == "one");
}

TEST_CASE("content: who reads while it is written sees all of one version") {
  Scratch scratch;
  const auto version = [](int number) {
    const std::string text(100'000, static_cast<char>('a' + number % 26));
    return Content{.files = {{"x", text}, {"y", text}}};
  };
  REQUIRE(volumes::write_content(scratch.fd.get(), version(0)));
  std::atomic<bool> is_done = false;
  int seen = 0, torn = 0;
  std::thread reader([&] {
    while (!is_done) {
      // Through one ..data, as programs do that want both files of one version.
      const Fd data(open(scratch.at("..data").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      const Result<std::string> x = read_file_at(data.get(), "x"), y = read_file_at(data.get(), "y");
      if (!x || !y) continue;  // the version has just been removed
      seen++;
      if (*x != *y || *x != std::string(100'000, x->front())) torn++;
    }
  });
  for (int number = 1; number < 300; number++) REQUIRE(volumes::write_content(scratch.fd.get(), version(number)));
  is_done = true;
  reader.join();
  CHECK(seen > 0);
  CHECK(torn == 0);
}
