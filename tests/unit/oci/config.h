// A config.json with a value in every field that is covered, for tests to read and to spoil.
#pragma once

#include <string>
#include <string_view>

inline constexpr std::string_view kConfig = R"({
  "ociVersion": "1.0.2-dev",
  "root": {"path": "rootfs", "readonly": true},
  "process": {
    "terminal": true,
    "consoleSize": {"height": 25, "width": 80},
    "user": {"uid": 1000, "gid": 3000, "umask": 18, "additionalGids": [5, 6]},
    "args": ["sh", "-c", "true"],
    "env": ["PATH=/bin", "EMPTY="],
    "cwd": "/srv",
    "capabilities": {"bounding": ["CAP_KILL", "CAP_CHOWN"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                     "inheritable": [], "ambient": ["CAP_KILL"]},
    "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024},
                {"type": "RLIMIT_CORE", "soft": 0, "hard": 18446744073709551615}],
    "noNewPrivileges": true,
    "apparmorProfile": "docker-default",
    "selinuxLabel": "system_u:system_r:container_t:s0",
    "oomScoreAdj": -500
  },
  "hostname": "web", "domainname": "example",
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "data", "type": "bind", "source": "volume", "options": ["rbind", "ro"]}
  ],
  "hooks": {
    "prestart": [{"path": "/bin/a"}],
    "poststop": [{"path": "/bin/b", "args": ["b", "1"], "env": ["X=1"], "timeout": 3}]
  },
  "annotations": {"io.example.key": "value"},
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/netns/none"}, {"type": "mount"}, {"type": "ipc"},
                   {"type": "uts"}, {"type": "user"}, {"type": "cgroup"}],
    "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
    "gidMappings": [{"containerID": 0, "hostID": 200000, "size": 65536}],
    "devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 8630, "uid": 1, "gid": 2},
                {"path": "/dev/pipe", "type": "p"}],
    "cgroupsPath": "/web",
    "resources": {
      "devices": [{"allow": false, "access": "rwm"},
                  {"allow": true, "type": "c", "major": 10, "minor": -1, "access": "rw"}],
      "memory": {"limit": 209715200, "reservation": 104857600, "swap": -1, "kernel": 0, "disableOOMKiller": false,
                 "swappiness": 18446744073709551615, "checkBeforeUpdate": true},
      "cpu": {"shares": 512, "quota": 50000, "period": 100000, "burst": 1000, "idle": 0, "cpus": "0-1", "mems": "0",
              "realtimeRuntime": 0},
      "pids": {"limit": 100},
      "blockIO": {"weight": 500, "weightDevice": [{"major": 8, "minor": 0, "weight": 100}],
                  "throttleReadBpsDevice": [{"major": 8, "minor": 16, "rate": 600}],
                  "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 300}]},
      "hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}],
      "unified": {"memory.high": "100000"}
    },
    "sysctl": {"net.ipv4.ip_forward": "1", "kernel.msgmax": "65536"},
    "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"],
                "flags": ["SECCOMP_FILTER_FLAG_LOG"],
                "syscalls": [{"names": ["clone", "openat"], "action": "SCMP_ACT_ALLOW",
                              "args": [{"index": 1, "value": 2, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]}]},
    "rootfsPropagation": "rslave",
    "maskedPaths": ["/proc/kcore"],
    "readonlyPaths": ["/proc/sys"],
    "mountLabel": "system_u:object_r:container_file_t:s0"
  }
}
)";

// kConfig with the first `from` replaced.
inline std::string spoiled(std::string_view from, std::string_view to) {
  std::string text(kConfig);
  const size_t at = text.find(from);
  return at == std::string::npos ? "the test's text to replace is not there" : text.replace(at, from.size(), to);
}
