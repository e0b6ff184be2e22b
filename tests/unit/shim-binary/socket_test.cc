#include "runtime/shim/binary/socket.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/socket.h"
#include "tests/unit/shim-options/scratch.h"

using namespace shim;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat about{};
  REQUIRE(lstat(path.c_str(), &about) == 0);
  return about.st_mode & 07777;
}

}  // namespace

TEST_CASE("socket: it is made 0600, in a directory 0700, and listens; the umask stays") {
  const Scratch folder;
  const std::string path = folder.path + "/run/s/x";
  const mode_t before = umask(027);
  const auto listening = listen_unless_served(path);
  CHECK(umask(before) == 027);
  REQUIRE(listening);
  REQUIRE(listening->is_open());
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(folder.path + "/run/s") == 0700);
  CHECK(connect_local(path));
}

TEST_CASE("socket: where somebody listens, nothing is made and nothing removed") {
  const Scratch folder;
  const std::string path = folder.path + "/x";
  const auto first = listen_unless_served(path);
  REQUIRE(first);
  const auto second = listen_unless_served(path);
  REQUIRE(second);
  CHECK_FALSE(second->is_open());
  CHECK(remove_unserved(path));
  CHECK(connect_local(path));
}

TEST_CASE("socket: one that a killed shim left is replaced, or removed") {
  const Scratch folder;
  const std::string path = folder.path + "/x";
  listen_unless_served(path)->reset();
  REQUIRE(path_exists(path));
  CHECK(listen_unless_served(path)->is_open());  // and closed again
  CHECK(remove_unserved(path));
  CHECK_FALSE(path_exists(path));
  CHECK(remove_unserved(path));
  CHECK(remove_unserved(folder.path + "/none/x"));
}

TEST_CASE("socket: a listener with a full queue is still there, and nobody waits for it") {
  const Scratch folder;
  const std::string path = folder.path + "/x";
  const auto listening = listen_unless_served(path);
  REQUIRE(listening);
  CHECK(listen(listening->get(), 0) == 0);
  std::vector<Fd> waiting;
  for (;;) {
    auto connected = connect_local(path, SOCK_STREAM | SOCK_NONBLOCK);
    if (!connected) {
      CHECK(connected.error().err == EAGAIN);
      break;
    }
    waiting.push_back(std::move(*connected));
    REQUIRE(waiting.size() < 100);
  }
  const auto second = listen_unless_served(path);
  REQUIRE(second);
  CHECK_FALSE(second->is_open());
}

TEST_CASE("socket: a file that is no socket is not touched") {
  const Scratch folder;
  const std::string path = folder.file("x", "precious");
  CHECK(listen_unless_served(path).error().text() == "'" + path + "' is no socket");
  CHECK(remove_unserved(path).error().text() == "'" + path + "' is no socket");
  CHECK(*read_file(path) == "precious");
}

TEST_CASE("socket: not in a directory that others may write to") {
  const Scratch folder;
  REQUIRE(chmod(folder.path.c_str(), 01777) == 0);
  CHECK(listen_unless_served(folder.path + "/x")
            .error()
            .text()
            .starts_with("socket directory '" + folder.path + "': others may write to it"));
}
