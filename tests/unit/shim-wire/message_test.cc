// The golden bytes are those of protoc --encode, from containerd's .proto files.
#include "runtime/shim/wire/message.h"

#include <doctest/doctest.h>

#include "runtime/shim/wire/bootstrap.h"
#include "runtime/shim/wire/events.h"
#include "runtime/shim/wire/options.h"
#include "runtime/shim/wire/sandbox.h"
#include "runtime/shim/wire/task.h"
#include "runtime/shim/wire/ttrpc.h"
#include "tests/unit/shim-wire/hex.h"

using namespace shim::wire;

namespace {

// It is read, and written again as it was.
template <class M>
M both_ways(std::string_view golden) {
  auto message = decode<M>(unhex(golden));
  REQUIRE_MESSAGE(message, message.error().text());
  CHECK(hex(encode(*message)) == golden);
  return *message;
}

template <class M>
std::string error_of(std::string_view digits) {
  auto message = decode<M>(unhex(digits));
  return message ? "" : message.error().text();
}

}  // namespace

TEST_CASE("wire: a CreateTaskRequest with mounts and an Any of any bytes") {
  const auto request = both_ways<CreateTaskRequest>(
      "0a0377656212022f621a180a076f7665726c617912076f7665726c61792202726f22001a0020012a022f693a016552070a01741202ff00");
  CHECK(request.id == "web");
  CHECK(request.bundle == "/b");
  REQUIRE(request.rootfs.size() == 2);
  CHECK(request.rootfs[0].type == "overlay");
  CHECK(request.rootfs[0].source == "overlay");
  CHECK(request.rootfs[0].options == std::vector<std::string>{"ro", ""});
  CHECK(request.rootfs[1].type.empty());
  CHECK(request.terminal);
  CHECK(request.in == "/i");
  CHECK(request.out.empty());
  CHECK(request.err == "e");
  REQUIRE(request.options);
  CHECK(request.options->value == std::string("\xff\0", 2));
}

TEST_CASE("wire: a StateResponse") {
  const auto state =
      both_ways<StateResponse>("0a0377656212022f6218e72420034001488901520c0880f7c4d50610ff93ebdc035a0178");
  CHECK(state.pid == 4711);
  CHECK(state.status == TaskStatus::stopped);
  CHECK(state.exit_status == 137);
  CHECK(state.exited_at->seconds == 1'790'000'000);
  CHECK(state.exited_at->nanos == 999'999'999);
  CHECK(state.exec_id == "x");
}

TEST_CASE("wire: an event in its envelope; a message that is there but empty is kept") {
  const auto forward = both_ways<ForwardRequest>(
      "0a3a0a0012066b38732e696f1a0b2f7461736b732f6578697422210a1a636f6e7461696e6572642e6576656e74732e5461736b45786974"
      "12030a0161");
  CHECK(forward.envelope->timestamp.has_value());
  CHECK(forward.envelope->ns == "k8s.io");
  CHECK(forward.envelope->topic == TaskExit::kTopic);
  auto exit = from_any<TaskExit>(*forward.envelope->event);
  REQUIRE(exit);
  CHECK(exit->container_id == "a");
}

TEST_CASE("wire: the largest and the negative numbers") {
  const auto exit = both_ways<TaskExit>("0a016112016218ffffffff0f20012a1608ffffffffffffffffff0110ffffffffffffffffff01");
  CHECK(exit.pid == UINT32_MAX);
  CHECK(exit.exited_at->seconds == -1);
  CHECK(exit.exited_at->nanos == -1);
  const auto params =
      both_ways<BootstrapParams>("0a016912016e18fcffffffffffffffff012203322e3342050a030a01744a062f72756e2f73");
  CHECK(params.log_level == LogLevel::debug);
  CHECK(params.ns == "n");
  REQUIRE(params.extensions.size() == 1);
  CHECK(params.extensions[0].value->type_url == "t");
  CHECK(params.socket_dir == "/run/s");
}

TEST_CASE("wire: maps, whose keys and values may be left out") {
  const auto update = both_ways<UpdateTaskRequest>("0a01611a060a016b1201761a030a016c");
  CHECK(update.annotations == std::map<std::string, std::string>{{"k", "v"}, {"l", ""}});
  CHECK(decode<UpdateTaskRequest>(unhex("1a050a016c1200"))->annotations.at("l").empty());
  CHECK(decode<UpdateTaskRequest>(unhex("1a00"))->annotations.count("") == 1);
  // The last one wins, as in Go.
  CHECK(decode<UpdateTaskRequest>(unhex("1a060a016b1201761a060a016b120177"))->annotations.at("k") == "w");
}

TEST_CASE("wire: the ttrpc answers") {
  CHECK(both_ways<Response>("0a06080512026e6f").status->code == Code::not_found);
  CHECK(both_ways<Response>("0a00120178").payload == "x");
}

TEST_CASE("wire: the options of runc, with a field that containerd 2 no longer has") {
  const auto options = both_ways<RuncOptions>("08011a022f7320e80728e9073201723a022f7248015201695a01776803");
  CHECK(options.no_pivot_root);
  CHECK(!options.no_new_keyring);
  CHECK(options.io_uid == 1000);
  CHECK(options.io_gid == 1001);
  CHECK(options.systemd_cgroup);
  CHECK(options.task_api_version == 3);
  CHECK(decode<RuncOptions>(unhex("4203637269"))->criu_path == "cri");
}

TEST_CASE("wire: the reply of `start` ends in no white space, which old containerds would cut off") {
  // Field 3, two letters more than a line feed.
  CHECK(hex(encode(BootstrapResult{3, "unix:///s", "ttrpc"})) == "08031209756e69783a2f2f2f731a057474727063");
}

TEST_CASE("wire: an empty message is no bytes, and no bytes are an empty message") {
  CHECK(encode(Empty{}).empty());
  CHECK(encode(StateResponse{}).empty());
  CHECK(encode(CreateSandboxRequest{}).empty());
  CHECK(decode<KillRequest>("")->signal == 0);
}

TEST_CASE("wire: unknown fields of every type are passed over, also within messages") {
  // 15: varint, 16: 64 bits, 17: bytes, 18: 32 bits
  const auto kill =
      decode<KillRequest>(unhex("789601"
                                "8101"
                                "0102030405060708"
                                "8a0102ffff"
                                "950101020304"
                                "1809"));
  REQUIRE(kill);
  CHECK(kill->signal == 9);
  CHECK(decode<ForwardRequest>(unhex("0a057803120161"))->envelope->ns == "a");
}

TEST_CASE("wire: a message that comes in two parts is one") {
  const auto wait =
      decode<WaitResponse>(unhex("12020805"
                                 "12021007"));
  CHECK(wait->exited_at->seconds == 5);
  CHECK(wait->exited_at->nanos == 7);
  CHECK(decode<KillRequest>(unhex("0a0161"
                                  "0a0162"))
            ->id == "b");
}

TEST_CASE("wire: what is malformed is an error of one line") {
  CHECK(error_of<KillRequest>("0801") == "malformed message: field 1 is of another type");
  CHECK(error_of<KillRequest>("1a0161") == "malformed message: field 3 is of another type");
  CHECK(error_of<ForwardRequest>("0a021801") == "malformed message: field 3 is of another type");
  CHECK(error_of<KillRequest>("0a02c328") == "malformed message: field 1 is not UTF-8");
  CHECK(error_of<UpdateTaskRequest>("1a030a01ff") == "malformed message: field 1 is not UTF-8");
  for (const char* bytes : {"0a0261", "0a", "18", "1880", "18ffffffffffffffffffff01", "0a05", "0affffffffffff0f", "00",
                            "07", "0b", "0c", "81010102", "82"}) {
    CAPTURE(bytes);
    CHECK(error_of<KillRequest>(bytes).starts_with("malformed message: "));
  }
}

TEST_CASE("wire: a message of four million bytes does not become a hundred times that") {
  std::string mounts;
  for (int i = 0; i < 10'000; i++) mounts += std::string("\x1a\0", 2);
  CHECK(decode<CreateTaskRequest>(mounts)->rootfs.size() == 10'000);
  mounts += std::string("\x1a\0", 2);
  auto refused = decode<CreateTaskRequest>(mounts);
  REQUIRE(!refused);
  CHECK(refused.error().text() == "malformed message: field 3 has more than 10000 elements");
}

TEST_CASE("wire: what is not UTF-8 is made visible, or Go would refuse the whole answer") {
  const auto status = decode<Status>(encode(Status{Code::unknown, "open 'a\xff\xfe': \xc3\xa9"}));
  REQUIRE(status);
  CHECK(status->message == "open 'a\\xff\\xfe': \\xc3\\xa9");
  CHECK(decode<Status>(encode(Status{Code::unknown, "\xc3\xa9"}))->message == "\xc3\xa9");
}

TEST_CASE("wire: an Any says what it holds") {
  const Any any = any_of(ProcessDetails{"probe"});
  CHECK(any.type_url == "containerd.runc.v1.ProcessDetails");
  CHECK(from_any<ProcessDetails>(any)->exec_id == "probe");
  auto refused = from_any<RuncOptions>(any);
  REQUIRE(!refused);
  CHECK(refused.error().text() ==
        "a value of type 'containerd.runc.v1.ProcessDetails' instead of 'containerd.runc.v1.Options'");
}
