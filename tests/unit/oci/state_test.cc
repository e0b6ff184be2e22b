#include "runtime/oci/state.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "runtime/oci/json_writer.h"
#include "runtime/oci/reader.h"

namespace {

oci::State example() {
  oci::State state;
  state.version = "1.0.2";
  state.id = "web";
  state.bundle = "/b/web";
  state.rootfs = "/b/web/rootfs";
  state.created = "2026-11-22T21:22:27.161000000Z";
  state.owner = 0;
  state.pid = 4242;
  state.start_time = 123456789;
  state.cgroup_manager = "systemd";
  state.cgroup_path = "/machine.slice/web.scope";
  state.cgroup_scope = "web.scope";
  state.namespaces = {{CLONE_NEWPID, ""}, {CLONE_NEWNET, "/run/netns/x"}};
  state.annotations = {{"key", "va\"lue\n"}};
  state.poststop = {{"/bin/hook", {"hook", "1"}, {"A=1"}, 5}};
  state.extra = {{"notify", "/run/n"}};
  return state;
}

}  // namespace

TEST_CASE("state: what is written is read back") {
  char folder[] = "/tmp/state-test-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string path = std::string(folder) + "/state.json";
  REQUIRE(oci::write_state(example(), path));
  auto back = oci::read_state(path);
  unlink(path.c_str());
  rmdir(folder);
  REQUIRE_MESSAGE(back, back.error().text());
  CHECK(oci::state_to_json(*back) == oci::state_to_json(example()));
  CHECK(back->pid == 4242);
  CHECK(back->start_time == 123456789);
  CHECK(back->namespaces.at(1).path == "/run/netns/x");
  CHECK(back->namespaces.at(1).type == CLONE_NEWNET);
  CHECK(back->poststop.at(0).args == std::vector<std::string>{"hook", "1"});
  CHECK(back->poststop.at(0).timeout == 5);
  CHECK(back->annotations.at("key") == "va\"lue\n");
  CHECK(back->cgroup_scope == "web.scope");
  CHECK(back->extra.at("notify") == "/run/n");
}

TEST_CASE("state: a file that is not ours is refused") {
  const auto error_of = [](std::string_view text) { return oci::state_from_json(text, "state.json").error().text(); };
  CHECK(error_of("") == "state.json: line 1, column 1: unexpected end of input");
  CHECK(error_of("{}") == "state.json: format: missing");
  CHECK(error_of(R"({"format": 2})") == "state.json: format: written by another version of nacelle: 2, known is 1");
  CHECK(error_of(R"({"format": 1, "ociVersion": "1.0.2", "id": 5})") == "state.json: id: not a string");
}

TEST_CASE("state: `state` shows what runc shows, in its order") {
  CHECK(oci::state_for_user(example(), oci::Status::kRunning) == R"({
  "ociVersion": "1.0.2",
  "id": "web",
  "pid": 4242,
  "status": "running",
  "bundle": "/b/web",
  "rootfs": "/b/web/rootfs",
  "created": "2026-11-22T21:22:27.161000000Z",
  "annotations": {
    "key": "va\"lue\n"
  },
  "owner": ""
}
)");
  CHECK(oci::state_for_user(example(), oci::Status::kStopped).find("\"pid\": 0,") != std::string::npos);
}

TEST_CASE("state: hooks get the spec's object on one line") {
  CHECK(oci::state_for_hooks(example(), oci::Status::kCreating) ==
        R"({"ociVersion":"1.0.2","id":"web","status":"creating","pid":4242,"bundle":"/b/web",)"
        R"("annotations":{"key":"va\"lue\n"}})");
  CHECK(oci::state_for_hooks(example(), oci::Status::kStopped).find("pid") == std::string::npos);
}

TEST_CASE("state: `list` is a table or an array") {
  CHECK(oci::list_as_table({}) == "ID   PID   STATUS   BUNDLE   CREATED   OWNER\n");
  CHECK(oci::list_as_table({{example(), oci::Status::kCreated}}) ==
        "ID    PID    STATUS    BUNDLE   CREATED                          OWNER\n"
        "web   4242   created   /b/web   2026-11-22T21:22:27.161000000Z   root\n");
  CHECK(oci::list_as_json({}) == "[]\n");
  oci::State plain = example();
  plain.annotations.clear();
  CHECK(oci::list_as_json({{plain, oci::Status::kStopped}}) ==
        R"([{"ociVersion":"1.0.2","id":"web","pid":0,"status":"stopped","bundle":"/b/web","rootfs":"/b/web/rootfs",)"
        R"("created":"2026-11-22T21:22:27.161000000Z","owner":"root"}])"
        "\n");
}

TEST_CASE("state: the time is RFC 3339 with nine digits of a second") {
  const std::string now = oci::timestamp();
  REQUIRE(now.size() == 30);
  CHECK(now[10] == 'T');
  CHECK(now[19] == '.');
  CHECK(now.back() == 'Z');
  CHECK(now > "2024");
}

TEST_CASE("json writer: every byte that is written can be read again") {
  std::string bytes;
  for (int c = 1; c < 128; c++) bytes += static_cast<char>(c);
  std::string out;
  oci::append_json_string(out, bytes + "é沙");
  auto back = oci::parse_document("x", out);
  REQUIRE(back);
  CHECK(back->top().string() == bytes + "é沙");
  out.clear();
  oci::append_json_string(out, "a\xff");
  CHECK(out == R"("a\ufffd")");
}

TEST_CASE("json writer: indented and on one line") {
  for (int indent : {0, 2}) {
    oci::JsonWriter json(indent);
    json.open_object();
    json.member("a", 1);
    json.open_array("b");
    json.value(true);
    json.open_object();
    json.close_object();
    json.close_array();
    json.member("c", std::vector<std::string>{});
    json.close_object();
    CHECK(json.text() == (indent == 0 ? R"({"a":1,"b":[true,{}],"c":[]})"
                                      : "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    {}\n  ],\n  \"c\": []\n}"));
  }
}
