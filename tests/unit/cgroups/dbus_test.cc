#include "cgroups/dbus.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/text.h"
#include "cgroups/dbus_message.h"
#include "cgroups/unit_properties.h"

namespace {

using namespace cgroups::dbus;
using namespace std::string_literals;

// A call, made into what a service would send: an answer, an error or a signal.
std::string sent_by_service(Message::Type type, const Call& call, uint32_t serial) {
  std::string bytes = encode(call, serial);
  bytes[1] = static_cast<char>(type);
  return bytes;
}

// An answer to serial `to`, hand-made: header fields REPLY_SERIAL and, with a body, SIGNATURE "s".
std::string answer(uint32_t to, const std::string& text, Message::Type type = Message::Type::answer,
                   const std::string& error_name = "") {
  Writer body, out;
  body.string(text);
  out.byte('l');
  out.byte(static_cast<uint8_t>(type));
  out.byte(0);
  out.byte(1);
  out.number32(static_cast<uint32_t>(body.bytes().size()));
  out.number32(77);
  out.array(8, [&] {
    out.byte(5);
    out.signature("u");
    out.number32(to);
    if (!error_name.empty()) {
      out.align(8);
      out.byte(4);
      out.signature("s");
      out.string(error_name);
    }
    out.align(8);
    out.byte(8);
    out.signature("g");
    out.signature("s");
  });
  out.align(8);
  return out.bytes() + body.bytes();
}

// The other end of a connection: takes the login, then sends what it was given and waits for the end.
struct Service {
  FdPair pair = *socket_pair(SOCK_STREAM);
  std::thread thread;

  explicit Service(std::string login, std::string bytes) {
    thread = std::thread([this, login = std::move(login), bytes = std::move(bytes)] {
      char received[4096];
      (void)!read(pair.theirs.get(), received, sizeof received);
      (void)!write(pair.theirs.get(), login.data(), login.size());
      for (char c : bytes) (void)!write(pair.theirs.get(), &c, 1);  // in the smallest pieces
      while (read(pair.theirs.get(), received, sizeof received) > 0) continue;
    });
  }
  Result<Connection> open() { return Connection::open(std::move(pair.ours), false); }
  ~Service() {
    pair.ours.reset();
    shutdown(pair.theirs.get(), SHUT_RDWR);
    thread.join();
  }
};

}  // namespace

TEST_CASE("dbus: a call has the bytes of the specification") {
  Call call{"d.e", "/p", "i.f", "Do", "s", ""};
  Writer body;
  body.string("ab");
  call.body = body.bytes();
  CHECK(encode(call, 2) ==
        "l\1\0\1\7\0\0\0\2\0\0\0\x47\0\0\0"s
        "\1\1o\0\2\0\0\0/p\0\0\0\0\0\0"s
        "\2\1s\0\3\0\0\0i.f\0\0\0\0\0"s
        "\3\1s\0\2\0\0\0Do\0\0\0\0\0\0"s
        "\6\1s\0\3\0\0\0d.e\0\0\0\0\0"s
        "\x8\1g\0\1s\0"s
        "\0"s
        "\2\0\0\0ab\0"s);
}

TEST_CASE("dbus: what was encoded is decoded") {
  Writer body;
  body.number32(7);
  body.string("/job/1");
  body.string("x.scope");
  Call call{"", "/p", "i", "JobRemoved", "uos", body.bytes()};
  auto message = decode(sent_by_service(Message::Type::signal, call, 3));
  REQUIRE(message);
  CHECK(message->member == "JobRemoved");
  CHECK(message->path == "/p");
  CHECK(strings_of(*message) == std::vector<std::string>{"/job/1", "x.scope"});
}

TEST_CASE("dbus: no cut, padded or flipped message is read beyond its end") {
  std::string good = answer(1, "text");
  REQUIRE(decode(good));
  for (size_t length = 0; length < good.size(); ++length) CHECK(!decode(good.substr(0, length)));
  CHECK(!decode(good + '\0'));
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1 << bit);
      auto message = decode(bad);
      if (message) (void)strings_of(*message);
    }
  }
  std::string huge = good;
  huge[7] = '\x7f';
  CHECK(message_size(huge).error().err == EBADMSG);
}

TEST_CASE("dbus: a call waits for its own answer and keeps the signals for later") {
  Call removed{"", "/p", "i", "JobRemoved", "", ""};
  Service service("DATA\r\nOK 1234\r\n",
                  sent_by_service(Message::Type::signal, removed, 9) + answer(4, "stray") + answer(1, "job"));
  auto connection = service.open();
  REQUIRE_MESSAGE(connection, connection.error().text());
  auto got = connection->call({"d", "/p", "i", "Start", "", ""});
  REQUIRE(got);
  CHECK(strings_of(*got) == std::vector<std::string>{"job"});
  auto named = [](const char* member) { return [member](const Message& m) { return m.member == member; }; };
  CHECK(connection->wait_signal(named("JobRemoved"), 1000));
  CHECK(connection->wait_signal(named("JobRemoved"), 50).error().err == ETIMEDOUT);
}

TEST_CASE("dbus: an error answer is told in the words of the peer") {
  Service service("DATA\r\nOK 1234\r\n", answer(1, "Unit x.scope not loaded.", Message::Type::error, "a.b.NoSuchUnit"));
  auto connection = service.open();
  REQUIRE(connection);
  auto refused = connection->call({"d", "/p", "i", "StopUnit", "", ""});
  REQUIRE(!refused);
  CHECK(refused.error().err == ENOENT);
  CHECK(refused.error().message == "StopUnit: Unit x.scope not loaded");
}

TEST_CASE("dbus: a login is these bytes and none more, which the service would take for a message") {
  auto pair = *socket_pair(SOCK_STREAM);
  std::string sent(4096, '\0');
  REQUIRE(write(pair.theirs.get(), "DATA\r\nOK 0\r\n", 12) == 12);
  REQUIRE(Connection::open(std::move(pair.ours), false));
  sent.resize(static_cast<size_t>(read(pair.theirs.get(), sent.data(), sent.size())));
  CHECK(sent == "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"s);
}

TEST_CASE("dbus: a refused login and a peer that hangs up are errors") {
  {
    Service service("REJECTED EXTERNAL\r\n", "");
    CHECK(service.open().error().text() == "log in to D-Bus: the answer is 'REJECTED EXTERNAL': Permission denied");
  }
  auto pair = *socket_pair(SOCK_STREAM);
  pair.theirs.reset();
  CHECK(!Connection::open(std::move(pair.ours), false));
}

TEST_CASE("unit properties: writes and properties say the same") {
  using cgroups::Write;
  auto all = cgroups::properties_of({{"", "memory.max", "209715200"},
                                     {"", "memory.swap.max", "max"},
                                     {"", "pids.max", "42"},
                                     {"", "cpu.weight", "59"},
                                     {"", "cpu.max", "50000 200000"},
                                     {"", "cpuset.cpus", "0-2,9"},
                                     {"", "io.weight", "400"},
                                     {"", "io.max", "4095:1048575 rbps=5"},
                                     {"", "memory.max", "104857600"}});
  CHECK(std::get<uint64_t>(all["MemoryMax"]) == 104857600);  // the last write counts
  CHECK(std::get<uint64_t>(all["MemorySwapMax"]) == UINT64_MAX);
  CHECK(std::get<uint64_t>(all["TasksMax"]) == 42);
  CHECK(std::get<uint64_t>(all["CPUWeight"]) == 59);
  CHECK(std::get<uint64_t>(all["CPUQuotaPerSecUSec"]) == 250000);
  CHECK(std::get<uint64_t>(all["CPUQuotaPeriodUSec"]) == 200000);
  CHECK(std::get<std::vector<uint8_t>>(all["AllowedCPUs"]) == std::vector<uint8_t>{0x07, 0x02});
  CHECK(std::get<uint64_t>(all["IOWeight"]) == 400);
  CHECK(all.size() == 8);  // of a device that there is not, systemd cannot be told
}

TEST_CASE("unit properties: quota and period, each alone as in a new cgroup, rounded up to a per cent") {
  using cgroups::Write;
  auto quota = [](const char* value, Write::Rule rule) {
    auto all = cgroups::properties_of({{"", "cpu.max", value, rule}});
    return cat(std::get<uint64_t>(all["CPUQuotaPerSecUSec"]), " ", std::get<uint64_t>(all["CPUQuotaPeriodUSec"]));
  };
  CHECK(quota("33333", Write::Rule::required) == "340000 100000");
  CHECK(quota("50000", Write::Rule::keep_quota) == cat(UINT64_MAX, " 50000"));
  CHECK(quota("max 50000", Write::Rule::required) == cat(UINT64_MAX, " 50000"));
}

TEST_CASE("unit properties: cpu.idle is a weight of 0, and beats a weight; without it the default weight is back") {
  auto weight = [](const std::vector<cgroups::Write>& writes) {
    return std::get<uint64_t>(cgroups::properties_of(writes)["CPUWeight"]);
  };
  CHECK(weight({{"", "cpu.idle", "1"}}) == 0);
  CHECK(weight({{"", "cpu.idle", "1"}, {"", "cpu.weight", "59"}}) == 0);
  CHECK(weight({{"", "cpu.idle", "0"}}) == UINT64_MAX);
  CHECK(weight({{"", "cpu.idle", "0"}, {"", "cpu.weight", "59"}}) == 59);
}

TEST_CASE("unit properties: a weight of BFQ's is told as the one from which systemd comes to it") {
  for (auto [weight, told] : {std::pair{10, 10}, {100, 100}, {101, 111}, {1000, 10000}}) {
    auto all = cgroups::properties_of({{"", "io.bfq.weight", cat(weight)}});
    CHECK(std::get<uint64_t>(all["IOWeight"]) == static_cast<uint64_t>(told));
  }
}
