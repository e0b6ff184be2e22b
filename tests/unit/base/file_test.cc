#include "base/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/path.h"
#include "base/text.h"

namespace {

struct Scratch {
  std::string path;
  Scratch() {
    char name[] = "/tmp/nacelle-unit-XXXXXX";
    path = mkdtemp(name);
  }
  ~Scratch() { (void)remove_tree(path); }
};

}  // namespace

TEST_CASE("file: publish_file makes a file with the bytes and the mode, or replaces one, in any folder") {
  Scratch dir;
  std::string path = dir.path + "/pid";
  REQUIRE(publish_file(path, "17", 0644));
  CHECK(*read_file(path) == "17");
  REQUIRE(publish_file(path, "18", 0640));
  CHECK(*read_file(path) == "18");
  struct stat info{};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
  CHECK(unlink(path.c_str()) == 0);
  CHECK_FALSE(publish_file(dir.path + "/none/pid", "17"));
  CHECK(chdir(dir.path.c_str()) == 0);
  REQUIRE(publish_file("pid", "19"));
  CHECK(*read_file(path) == "19");
  CHECK(unlink(path.c_str()) == 0);
  CHECK(chdir("/") == 0);
  CHECK(rmdir(dir.path.c_str()) == 0);  // no temporary file
}

TEST_CASE("file: replace_file leaves the new bytes, the mode and no temporary file") {
  Scratch dir;
  std::string path = dir.path + "/state.json";
  REQUIRE(replace_file(path, "one", 0600));
  REQUIRE(replace_file(path, "two", 0600));
  CHECK(*read_file(path) == "two");
  struct stat info{};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(info.st_nlink == 1);
  CHECK(remove_tree(path));
  CHECK(rmdir(dir.path.c_str()) == 0);
}

TEST_CASE("file: a file over the limit is refused, not read into memory") {
  Scratch dir;
  REQUIRE(replace_file(dir.path + "/big", std::string(5000, 'x')));
  CHECK(read_file(dir.path + "/big", 5000)->size() == 5000);
  auto refused = read_file(dir.path + "/big", 4999);
  REQUIRE(!refused);
  CHECK(refused.error().err == EFBIG);
}

TEST_CASE("file: an error names the file") {
  CHECK(read_file("/nowhere/x").error().text() == "open '/nowhere/x': No such file or directory");
}

TEST_CASE("file: a descriptor crosses a socket with its bytes") {
  auto pair = socket_pair(SOCK_STREAM);
  REQUIRE(pair);
  auto memory = memory_file("test", "hello");
  REQUIRE(memory);
  REQUIRE(send_descriptor(pair->ours.get(), "name", memory->get()));
  auto received = receive_descriptor(pair->theirs.get(), 64);
  REQUIRE(received);
  CHECK(received->bytes == "name");
  CHECK(*read_all(received->fd.get()) == "hello");
  CHECK((fcntl(received->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}
