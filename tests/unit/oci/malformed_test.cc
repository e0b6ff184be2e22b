// Bad config.json files, each with the exact line that it must give.
#include <doctest/doctest.h>

#include "base/log.h"
#include "base/text.h"
#include "runtime/oci/spec.h"
#include "tests/unit/oci/config.h"
#include "tests/unit/sanitized.h"

namespace {

std::string error_of(std::string_view text) {
  const auto spec = oci::read_spec(text, "/bundle");
  return spec ? "no error" : spec.error().text();
}

struct Text {
  std::string text, error;
};

// What is not JSON, or is JSON that nobody should write.
const Text kTexts[] = {
    {"", "line 1, column 1: unexpected end of input"},
    {"   \n\n ", "line 3, column 2: unexpected end of input"},
    {"{", "line 1, column 2: unexpected end of input"},
    {"{\n  \"ociVersion\": \"1.0", "line 2, column 21: unexpected end of input"},
    {"{\n  \"ociVersion\": tru", "line 2, column 20: unexpected end of input"},
    {"{\"a\": 1,}", "line 1, column 9: unexpected '}'"},
    {"{\"a\" 1}", "line 1, column 6: unexpected '1'"},
    {"{\"a\" \"b\"}", "line 1, column 6: unexpected string"},
    {"{\"a\": 'b'}", "line 1, column 7: unexpected '\\x27'"},
    {"{\"a\": trux}", "line 1, column 10: unexpected 'x'"},
    {"{\"a\": 01}", "line 1, column 8: unexpected '1'"},
    {"{\"a\": NaN}", "line 1, column 7: unexpected 'N'"},
    {"{\"a\": 1} {}", "line 1, column 10: unexpected '{'"},
    {"{\"a\": 1}]", "line 1, column 9: unexpected ']'"},
    {"{\"a\": 1e400}", "line 1, column 7: number out of range"},
    {"{\"a\": \"\xff\"}", "line 1, column 8: not UTF-8"},
    {"{\"a\": \"\xc0\x80\"}", "line 1, column 8: not UTF-8"},
    {"{\"\xe6\xb2\": 1}", "line 1, column 3: not UTF-8"},
    {"{\"a\": \"\\ud800\"}", "line 1, column 14: bad escape in a string"},
    {"{\"a\": \"\\x41\"}", "line 1, column 9: bad escape in a string"},
    {"{\"a\": \"b\nc\"}", "line 1, column 9: control character in a string"},
    {std::string("{\"a\": \0}", 8), "line 1, column 7: unexpected '\\x00'"},
    {"{沙: 1}", "line 1, column 2: unexpected '沙'"},
    {"// comment\n{}", "line 1, column 1: unexpected '/'"},
    {"{\n\"a\": 1,\n \"b\": {\"a\": 1, \"b\": 2, \"a\": 3}\n}", "line 3, column 24: key 'a' is given twice"},
    {"{\"x\\\"y\": 1, \"x\\\"y\": 1}", "line 1, column 13: key 'x\"y' is given twice"},
    {std::string(129, '['), "line 1, column 129: more than 128 levels"},
    {std::string(1'000'000, '['), "line 1, column 129: more than 128 levels"},
    {"[]", "not an object"},
    {"5", "not an object"},
    {"{}", "ociVersion: missing"},
};

struct Spoil {
  std::string_view from, to, error;
};

// One spoiled place of a good file each.
const Spoil kSpoils[] = {
    {"\"1.0.2-dev\"", "1", "ociVersion: not a string"},
    {"1.0.2-dev", "one", "ociVersion: 'one' is not a version like '1.3.0'"},
    {"1.0.2-dev", "2.0.0", "ociVersion: version '2.0.0' is not supported: 1.x is"},
    {"\"root\"", "\"toor\"", "root: missing"},
    {"{\"path\": \"rootfs\", \"readonly\": true}", "[]", "root: not an object"},
    {"\"rootfs\"", "\"\"", "root.path: empty"},
    {"\"readonly\": true", "\"readonly\": 1", "root.readonly: not true or false"},
    {"\"terminal\": true", "\"terminal\": \"yes\"", "process.terminal: not true or false"},
    {"\"height\": 25", "\"height\": 70000", "process.consoleSize.height: not a number between 0 and 65535"},
    {"\"uid\": 1000", "\"uid\": 4294967295", "process.user.uid: not a number between 0 and 4294967294"},
    {"\"uid\": 1000", "\"uid\": -1", "process.user.uid: not a number between 0 and 4294967294"},
    {"\"uid\": 1000", "\"uid\": 1.5", "process.user.uid: not a number between 0 and 4294967294"},
    {"\"uid\": 1000", "\"uid\": \"root\"", "process.user.uid: not a number between 0 and 4294967294"},
    {"\"uid\": 1000", "\"uid\": 99999999999999999999999", "process.user.uid: not a number between 0 and 4294967294"},
    {"\"uid\": 1000", "\"uid\": 70000", "process.user.uid: 70000 is not mapped in the user namespace"},
    {"\"umask\": 18", "\"umask\": 512", "process.user.umask: not a number between 0 and 511"},
    {"[5, 6]", "[5, null]", "process.user.additionalGids[1]: not a number between 0 and 4294967294"},
    {"[\"sh\", \"-c\", \"true\"]", "null", "process.args: missing"},
    {"[\"sh\", \"-c\", \"true\"]", "[]", "process.args: empty: there is no program to run"},
    {"[\"sh\", \"-c\", \"true\"]", "\"sh\"", "process.args: not a list"},
    {"[\"sh\", \"-c\", \"true\"]", "[\"sh\", 7]", "process.args[1]: not a string"},
    {"\"-c\"", "\"a\\u0000b\"", "process.args[1]: contains a NUL byte"},
    {"EMPTY=", "EMPTY", "process.env[1]: 'EMPTY' is not NAME=VALUE"},
    {"EMPTY=", "=x", "process.env[1]: '=x' is not NAME=VALUE"},
    {"\"/srv\"", "\"srv\"", "process.cwd: 'srv' is not absolute"},
    {"\"inheritable\": []", "\"inheritable\": {}", "process.capabilities.inheritable: not a list"},
    {"RLIMIT_CORE", "RLIMIT_FOO", "process.rlimits[1].type: unknown rlimit 'RLIMIT_FOO'"},
    {"RLIMIT_CORE", "RLIMIT_NOFILE", "process.rlimits[1].type: 'RLIMIT_NOFILE' is listed twice"},
    {"\"soft\": 512", "\"soft\": 2048", "process.rlimits[0].soft: above the hard limit of 1024"},
    {"\"soft\": 512, ", "", "process.rlimits[0].soft: missing"},
    {"-500", "-1001", "process.oomScoreAdj: not a number between -1000 and 1000"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"nice\": 1}", "process.scheduler.policy: missing"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"FIFO\"}",
     "process.scheduler.policy: unknown policy 'FIFO'"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_FIFO\"}",
     "process.scheduler.priority: SCHED_FIFO and SCHED_RR need 1 to 99"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_FIFO\", \"priority\": 100}",
     "process.scheduler.priority: not a number between 0 and 99"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"priority\": 1}",
     "process.scheduler.priority: is for SCHED_FIFO and SCHED_RR alone"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"nice\": 20}",
     "process.scheduler.nice: not a number between -20 and 19"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"flags\": [\"X\"]}",
     "process.scheduler.flags[0]: unknown flag 'X'"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"period\": 5}",
     "process.scheduler.period: is for SCHED_DEADLINE alone"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 1}",
     "process.scheduler.runtime: SCHED_DEADLINE needs at least 1024 ns"},
    {"\"oomScoreAdj\": -500", "\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 2048, \"deadline\": 2047}",
     "process.scheduler.deadline: is below the runtime"},
    {"\"oomScoreAdj\": -500",
     "\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 2048, \"deadline\": 4096, \"period\": 4095}",
     "process.scheduler.period: is below the deadline"},
    {"\"oomScoreAdj\": -500", "\"ioPriority\": {\"priority\": 1}", "process.ioPriority.class: missing"},
    {"\"oomScoreAdj\": -500", "\"ioPriority\": {\"class\": \"RT\"}", "process.ioPriority.class: unknown class 'RT'"},
    {"\"oomScoreAdj\": -500", "\"ioPriority\": {\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 8}",
     "process.ioPriority.priority: not a number between 0 and 7"},
    {"\"oomScoreAdj\": -500", "\"execCPUAffinity\": {\"initial\": \"0-\"}",
     "process.execCPUAffinity.initial: '0-' is not a list like '0-3,7'"},
    {"\"oomScoreAdj\": -500", "\"execCPUAffinity\": {\"final\": 5}", "process.execCPUAffinity.final: not a string"},
    {"\"destination\": \"/proc\", ", "", "mounts[0].destination: missing"},
    {"\"destination\": \"/proc\"", "\"destination\": \"\"", "mounts[0].destination: empty"},
    {"\"options\": [\"rbind\", \"ro\"]", "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]",
     "mounts[1].gidMappings: missing: one mapping needs the other"},
    {"\"/bin/a\"", "\"bin/a\"", "hooks.prestart[0].path: 'bin/a' is not absolute"},
    {"\"timeout\": 3", "\"timeout\": 0", "hooks.poststop[0].timeout: not a number between 1 and 2147483647"},
    {"{\"io.example.key\": \"value\"}", "{\"io.example.key\": 1}", "annotations['io.example.key']: not a string"},
    {"\"io.example.key\"", "\"\"", "annotations: a key is empty"},
    {"{\"type\": \"mount\"}", "{\"type\": \"foo\"}", "linux.namespaces[2].type: unknown namespace 'foo'"},
    {"{\"type\": \"mount\"}", "{\"type\": \"f\\nb\"}", "linux.namespaces[2].type: unknown namespace 'f\\x0ab'"},
    {"{\"type\": \"mount\"}", "{\"type\": \"pid\"}", "linux.namespaces[2].type: 'pid' is listed twice"},
    {"\"mountLabel\"", "\"netDevices\": {\"eth0\": {\"name\": \"a/b\"}}, \"mountLabel\"",
     "linux.netDevices.eth0.name: 'a/b' is not the name of a network device"},
    {"\"mountLabel\"", "\"netDevices\": {\"a/b\": {}}, \"mountLabel\"",
     "linux.netDevices['a/b']: not the name of a network device"},
    {"\"mountLabel\"", "\"netDevices\": {\"a\": {\"name\": \"x\"}, \"b\": {\"name\": \"x\"}}, \"mountLabel\"",
     "linux.netDevices.b.name: 'x' is given twice"},
    {"\"mountLabel\"", "\"netDevices\": [], \"mountLabel\"", "linux.netDevices: not an object"},
    {"\"mountLabel\"", "\"timeOffsets\": {\"boottime\": {\"secs\": 1}}, \"mountLabel\"",
     "linux.timeOffsets: needs a new namespace of type 'time'"},
    {"\"mountLabel\"", "\"timeOffsets\": {\"boottime\": {\"nanosecs\": 1000000000}}, \"mountLabel\"",
     "linux.timeOffsets.boottime.nanosecs: not a number between 0 and 999999999"},
    {"\"mountLabel\"", "\"timeOffsets\": {\"tai\": {}}, \"mountLabel\"",
     "linux.timeOffsets.tai: no such clock can be set"},
    {"{\"type\": \"mount\"}, ", "", "mounts: needs a namespace of type 'mount'"},
    {"{\"type\": \"ipc\"}", "{}", "linux.namespaces[3].type: missing"},
    {"{\"type\": \"ipc\"},", "", "linux.sysctl['kernel.msgmax']: needs a namespace of type 'ipc'"},
    {"\"/run/netns/none\"", "\"none\"", "linux.namespaces[1].path: 'none' is not absolute"},
    {"{\"type\": \"uts\"}, ", "", "hostname: needs a namespace of type 'uts'"},
    {"{\"type\": \"user\"}, ", "", "linux.uidMappings: needs a namespace of type 'user'"},
    {"\"uidMappings\"", "\"x\"", "linux.uidMappings: missing: a new user namespace needs one"},
    {"\"size\": 65536", "\"size\": 0", "linux.uidMappings[0].size: must not be 0"},
    {"\"size\": 65536", "\"size\": 4294967295", "linux.uidMappings[0].size: reaches beyond the largest id"},
    {"\"/dev/fuse\"", "\"fuse\"", "linux.devices[0].path: 'fuse' is not absolute"},
    {"/dev/pipe", "/dev/fuse", "linux.devices[1].path: '/dev/fuse' is listed twice"},
    {"\"type\": \"p\"", "\"type\": \"x\"", "linux.devices[1].type: unknown device type 'x'"},
    {"\"type\": \"p\"", "\"type\": \"b\"", "linux.devices[1].major: missing"},
    {"\"minor\": 229", "\"minor\": 1048576", "linux.devices[0].minor: not a number between 0 and 1048575"},
    {"\"access\": \"rw\"", "\"access\": \"rx\"",
     "linux.resources.devices[1].access: 'rx' is not made of 'r', 'w' and 'm'"},
    {"\"limit\": 209715200", "\"limit\": 18446744073709551615",
     "linux.resources.memory.limit: not a number between -1 and 9223372036854775807"},
    {"\"limit\": 209715200", "\"limit\": \"200Mi\"",
     "linux.resources.memory.limit: not a number between -1 and 9223372036854775807"},
    {"\"disableOOMKiller\": false", "\"disableOOMKiller\": true",
     "linux.resources.memory.disableOOMKiller: cgroup v2 has no such setting"},
    {"\"swappiness\": 18446744073709551615", "\"swappiness\": 0",
     "linux.resources.memory.swappiness: cgroup v2 has no such setting"},
    {"\"realtimeRuntime\": 0", "\"realtimeRuntime\": 950000",
     "linux.resources.cpu.realtimeRuntime: cgroup v2 has no such setting"},
    {"\"period\": 100000", "\"period\": -1",
     "linux.resources.cpu.period: not a number between 0 and 18446744073709551615"},
    {"\"2MB\"", "\"2M\"", "linux.resources.hugepageLimits[0].pageSize: '2M' is not a size like '2MB'"},
    {"\"memory.high\"", "\"../memory.high\"", "linux.resources.unified['../memory.high']: not a file name"},
    {"\"unified\"", "\"rdma\": {\"mlx5_1\": {}}, \"unified\"",
     "linux.resources.rdma.mlx5_1: neither hcaHandles nor hcaObjects"},
    {"\"unified\"", "\"rdma\": {\"mlx5_1\": {\"hcaObjects\": 4294967296}}, \"unified\"",
     "linux.resources.rdma.mlx5_1.hcaObjects: not a number between 0 and 4294967295"},
    {"\"unified\"", "\"network\": {\"classID\": 7}, \"unified\"",
     "linux.resources.network.classID: cgroup v2 has no such setting"},
    {"\"unified\"", "\"network\": {\"priorities\": [{\"name\": \"lo\", \"priority\": 1}]}, \"unified\"",
     "linux.resources.network.priorities: cgroup v2 has no such setting"},
    {"{\"weight\": 500,", "{\"leafWeight\": 500,", "linux.resources.blockIO.leafWeight: cgroup v2 has no such setting"},
    {"\"minor\": 0, \"weight\": 100", "\"minor\": 0, \"leafWeight\": 100",
     "linux.resources.blockIO.weightDevice[0].leafWeight: cgroup v2 has no such setting"},
    {"\"kernel\": 0", "\"kernelTCP\": \"4M\"",
     "linux.resources.memory.kernelTCP: not a number between -9223372036854775808 and 9223372036854775807"},
    {"\"burst\": 1000", "\"realtimePeriod\": 1000",
     "linux.resources.cpu.realtimePeriod: cgroup v2 has no such setting"},
    {"net.ipv4.ip_forward", "kernel.panic",
     "linux.sysctl['kernel.panic']: belongs to no namespace: setting it would change the host"},
    {"net.ipv4.ip_forward", "net/../kernel/panic", "linux.sysctl['net/../kernel/panic']: not the name of a sysctl"},
    {"net.ipv4.ip_forward", "kernel.hostname", "linux.sysctl['kernel.hostname']: is set by the field hostname"},
    {"\"/run/netns/none\"", "\"/proc/self/ns/net\"",
     "linux.sysctl['net.ipv4.ip_forward']: the network namespace is the host's"},
    {"\"defaultAction\": \"SCMP_ACT_ERRNO\", ", "", "linux.seccomp.defaultAction: missing"},
    {"[\"clone\", \"openat\"]", "[\"clone\", 56]", "linux.seccomp.syscalls[0].names[1]: not a string"},
    {"\"value\": 2", "\"value\": -2",
     "linux.seccomp.syscalls[0].args[0].value: not a number between 0 and 18446744073709551615"},
    {"\"rslave\"", "\"slavish\"", "linux.rootfsPropagation: unknown propagation 'slavish'"},
    {"[\"/proc/kcore\"]", "[\"proc/kcore\"]", "linux.maskedPaths[0]: 'proc/kcore' is not absolute"},
    {"\"mountLabel\"", "\"intelRdt\": {\"closID\": 5}, \"mountLabel\"", "linux.intelRdt.closID: not a string"},
    {"\"mountLabel\"", "\"intelRdt\": {\"memBwSchema\": \"L3:0=1\"}, \"mountLabel\"",
     "linux.intelRdt.memBwSchema: 'L3:0=1' does not begin with 'MB:'"},
    {"\"mountLabel\"", "\"intelRdt\": {\"memBwSchema\": \"MB:0=1\\nMB:1=1\"}, \"mountLabel\"",
     "linux.intelRdt.memBwSchema: must be one line"},
    {"\"mountLabel\"", "\"intelRdt\": {\"schemata\": [\"L3:0=1\\nL2:0=1\"]}, \"mountLabel\"",
     "linux.intelRdt.schemata[0]: must be one line"},
    {"\"mountLabel\"", "\"intelRdt\": {\"schemata\": 7}, \"mountLabel\"", "linux.intelRdt.schemata: not a list"},
    {"\"mountLabel\"", "\"intelRdt\": {\"enableMonitoring\": 1}, \"mountLabel\"",
     "linux.intelRdt.enableMonitoring: not true or false"},
    {"\"mountLabel\"", "\"personality\": {}, \"mountLabel\"", "linux.personality.domain: missing"},
    {"\"mountLabel\"", "\"personality\": {\"domain\": \"BSD\"}, \"mountLabel\"",
     "linux.personality.domain: unknown domain 'BSD'"},
    {"\"mountLabel\"", "\"personality\": {\"domain\": \"LINUX\", \"flags\": [\"X\"]}, \"mountLabel\"",
     "linux.personality.flags[0]: unknown flag 'X'"},
    {"\"mountLabel\"", "\"memoryPolicy\": {\"nodes\": \"0\"}, \"mountLabel\"", "linux.memoryPolicy.mode: missing"},
    {"\"mountLabel\"", "\"memoryPolicy\": {\"mode\": \"MPOL_X\", \"nodes\": \"0\"}, \"mountLabel\"",
     "linux.memoryPolicy.mode: unknown mode 'MPOL_X'"},
    {"\"mountLabel\"", "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"a\"}, \"mountLabel\"",
     "linux.memoryPolicy.nodes: 'a' is not a list like '0-3,7'"},
    {"\"mountLabel\"", "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\"}, \"mountLabel\"",
     "linux.memoryPolicy.nodes: this mode needs one"},
    {"\"mountLabel\"", "\"memoryPolicy\": {\"mode\": \"MPOL_LOCAL\", \"nodes\": \"0\"}, \"mountLabel\"",
     "linux.memoryPolicy.nodes: this mode takes none"},
    {"\"mountLabel\"",
     "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"X\"]}, \"mountLabel\"",
     "linux.memoryPolicy.flags[0]: unknown flag 'X'"},
    {"\"mountLabel\"",
     "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"MPOL_F_STATIC_NODES\", "
     "\"MPOL_F_RELATIVE_NODES\"]}, \"mountLabel\"",
     "linux.memoryPolicy.flags: MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other"},
};

}  // namespace

TEST_CASE("oci: what is not JSON is refused with its place") {
  for (const Text& bad : kTexts)
    CHECK_MESSAGE(error_of(bad.text) == "config.json: " + bad.error, bad.text.substr(0, 80));
}

TEST_CASE("oci: one wrong value is refused with its path") {
  for (const Spoil& bad : kSpoils) CHECK(error_of(spoiled(bad.from, bad.to)) == cat("config.json: ", bad.error));
}

TEST_CASE("oci: names that no network device can have are refused") {
  auto device = [](const std::string& host, const std::string& name) {
    return error_of(
        spoiled("\"mountLabel\"", cat("\"netDevices\": {\"", host, "\": {\"name\": \"", name, "\"}}, \"mountLabel\"")));
  };
  for (const char* name : {"eth0", "a", "veth_1234567890", "eth0.1", "-", "eth%d"})
    CHECK(device("a0", name) == "no error");
  for (const char* name : {".", "..", "a/b", "a:b", "a b", "sixteen_letters_", "eth%", "eth%s", "%d%d", "%%d"})
    CHECK(device("a0", name) ==
          cat("config.json: linux.netDevices.a0.name: '", name, "' is not the name of a network device"));
  CHECK(device("eth%d", "a").ends_with("not the name of a network device"));
}

TEST_CASE("oci: a hostname longer than the kernel takes is refused") {
  CHECK(error_of(spoiled("\"web\"", cat("\"", std::string(65, 'w'), "\""))) ==
        "config.json: hostname: longer than 64 bytes");
}

TEST_CASE("oci: cut anywhere, config.json is refused and nothing breaks") {
  const std::string_view whole = kConfig.substr(0, kConfig.rfind('}') + 1);
  for (size_t size = 0; size < whole.size(); size += kSanitized ? 7 : 1) {
    const std::string error = error_of(whole.substr(0, size));
    CHECK_MESSAGE(error.ends_with(": unexpected end of input"), error);
  }
}

TEST_CASE("oci: with any byte replaced, config.json is read or refused and nothing breaks") {
  set_log_sink([](std::string_view, std::string_view) {});  // of unknown capabilities
  size_t start = 0;                                         // where only some are replaced, others by each
  for (const char replacement : {'\0', '"', '{', ']', '9', '-', '\xff', '\\'}) {
    std::string text(kConfig);
    for (size_t at = kSanitized ? start++ : 0; at < text.size(); at += kSanitized ? 41 : 1) {
      const char original = std::exchange(text[at], replacement);
      const std::string error = error_of(text);
      CHECK((error == "no error" || error.starts_with("config.json: ")));
      CHECK(error.find('\n') == std::string::npos);
      text[at] = original;
    }
  }
  set_log_sink(nullptr);
}
