"""The Container Runtime Interface, as the kubelet speaks it: gRPC on containerd's socket, without generated code.

    cri = Cri(containerd.socket)
    cri.Version().runtime_version
    cri.ExecSync(container_id=container, cmd=["id"], timeout=5).stdout

Each rpc of the table is a method that takes the fields of its request, and gives the response (see protobuf.decode).
"""

import grpc

from .protobuf import decode, encode, read_tables
from .where import time_scale

# Enumerations.
POD, CONTAINER, NODE, TARGET = range(4)  # NamespaceMode
RUNTIME_DEFAULT, UNCONFINED, LOCALHOST = range(3)  # SecurityProfile.ProfileType
READY, NOT_READY = range(2)  # PodSandboxState
CREATED, RUNNING, EXITED, UNKNOWN = range(4)  # ContainerState

# Of runtime.v1 in api.proto, as much as the tests use.
_TABLES = read_tables("""
    VersionRequest: version 1
    VersionResponse: version 1, runtime_name 2, runtime_version 3, runtime_api_version 4
    StatusRequest: verbose 1 bool
    StatusResponse: status 1 RuntimeStatus, info 2 map, runtime_handlers 3 RuntimeHandler*
    RuntimeHandler: name 1, features 2 RuntimeHandlerFeatures
    RuntimeHandlerFeatures: recursive_read_only_mounts 1 bool, user_namespaces 2 bool
    RuntimeStatus: conditions 1 RuntimeCondition*
    RuntimeCondition: type 1, status 2 bool, reason 3, message 4

    RunPodSandboxRequest: config 1 PodSandboxConfig, runtime_handler 2
    RunPodSandboxResponse: pod_sandbox_id 1
    StopPodSandboxRequest: pod_sandbox_id 1
    StopPodSandboxResponse:
    RemovePodSandboxRequest: pod_sandbox_id 1
    RemovePodSandboxResponse:
    PodSandboxStatusRequest: pod_sandbox_id 1, verbose 2 bool
    PodSandboxStatusResponse: status 1 PodSandboxStatus, info 2 map
    PodSandboxStatus: id 1, metadata 2 PodSandboxMetadata, state 3 int, created_at 4 int, runtime_handler 9
    ListPodSandboxRequest:
    ListPodSandboxResponse: items 1 PodSandbox*
    PodSandbox: id 1, metadata 2 PodSandboxMetadata, state 3 int, created_at 4 int, runtime_handler 7

    PodSandboxConfig: metadata 1 PodSandboxMetadata, hostname 2, log_directory 3, dns_config 4 DNSConfig, labels 6 map,
        annotations 7 map, linux 8 LinuxPodSandboxConfig
    DNSConfig: servers 1 string*, searches 2 string*, options 3 string*
    PodSandboxMetadata: name 1, uid 2, namespace 3, attempt 4 int
    LinuxPodSandboxConfig: cgroup_parent 1, security_context 2 LinuxSandboxSecurityContext, sysctls 3 map, overhead 4
        Resources, resources 5 Resources
    LinuxSandboxSecurityContext: namespace_options 1 NamespaceOption, selinux_options 2 SELinuxOption, run_as_user 3
        wrapped, readonly_rootfs 4 bool, supplemental_groups 5 int*, privileged 6 bool, run_as_group 8 wrapped, seccomp 9
        SecurityProfile, apparmor 10 SecurityProfile
    SELinuxOption: user 1, role 2, type 3, level 4
    NamespaceOption: network 1 int, pid 2 int, ipc 3 int, target_id 4, userns_options 5 UserNamespace
    UserNamespace: mode 1 int, uids 2 IDMapping*, gids 3 IDMapping*
    IDMapping: host_id 1 int, container_id 2 int, length 3 int
    SecurityProfile: profile_type 1 int, localhost_ref 2

    CreateContainerRequest: pod_sandbox_id 1, config 2 ContainerConfig, sandbox_config 3 PodSandboxConfig
    CreateContainerResponse: container_id 1
    ContainerConfig: metadata 1 ContainerMetadata, image 2 ImageSpec, command 3 string*, args 4 string*, working_dir
        5, envs 6 KeyValue*, mounts 7 Mount*, labels 9 map, annotations 10 map, log_path 11, stdin 12 bool, stdin_once
        13 bool, tty 14 bool, linux 15 LinuxContainerConfig
    ContainerMetadata: name 1, attempt 2 int
    ImageSpec: image 1
    KeyValue: key 1, value 2
    Mount: container_path 1, host_path 2, readonly 3 bool, selinux_relabel 4 bool, propagation 5 int, uidMappings 6 IDMapping*, gidMappings 7
        IDMapping*, recursive_read_only 8 bool
    LinuxContainerConfig: resources 1 Resources, security_context 2 LinuxContainerSecurityContext
    LinuxContainerSecurityContext: capabilities 1 Capability, privileged 2 bool, namespace_options 3 NamespaceOption,
        selinux_options 4 SELinuxOption, run_as_user 5 wrapped, run_as_username 6, readonly_rootfs 7 bool, supplemental_groups 8 int*, no_new_privs 11
        bool, run_as_group 12 wrapped, masked_paths 13 string*, readonly_paths 14 string*, seccomp 15 SecurityProfile,
        apparmor 16 SecurityProfile
    Capability: add_capabilities 1 string*, drop_capabilities 2 string*
    Resources: cpu_period 1 int, cpu_quota 2 int, cpu_shares 3 int, memory_limit_in_bytes 4 int, oom_score_adj 5 int,
        cpuset_cpus 6, cpuset_mems 7, unified 9 map, memory_swap_limit_in_bytes 10 int

    StartContainerRequest: container_id 1
    StartContainerResponse:
    StopContainerRequest: container_id 1, timeout 2 int
    StopContainerResponse:
    RemoveContainerRequest: container_id 1
    RemoveContainerResponse:
    ListContainersRequest: filter 1 ContainerFilter
    ContainerFilter: id 1, pod_sandbox_id 3
    ListContainersResponse: containers 1 Container*
    Container: id 1, pod_sandbox_id 2, metadata 3 ContainerMetadata, state 6 int
    ContainerStatusRequest: container_id 1, verbose 2 bool
    ContainerStatusResponse: status 1 ContainerStatus, info 2 map
    ContainerStatus: id 1, metadata 2 ContainerMetadata, state 3 int, created_at 4 int, started_at 5 int, finished_at
        6 int, exit_code 7 int, reason 10, message 11, mounts 14 Mount*, log_path 15, resources 16 ContainerResources
    ContainerResources: linux 1 Resources
    UpdateContainerResourcesRequest: container_id 1, linux 2 Resources, annotations 4 map
    UpdateContainerResourcesResponse:
    ReopenContainerLogRequest: container_id 1
    ReopenContainerLogResponse:

    ExecSyncRequest: container_id 1, cmd 2 string*, timeout 3 int
    ExecSyncResponse: stdout 1 bytes, stderr 2 bytes, exit_code 3 int
    ExecRequest: container_id 1, cmd 2 string*, tty 3 bool, stdin 4 bool, stdout 5 bool, stderr 6 bool
    ExecResponse: url 1
    AttachRequest: container_id 1, stdin 2 bool, tty 3 bool, stdout 4 bool, stderr 5 bool
    AttachResponse: url 1

    ContainerStatsRequest: container_id 1
    ContainerStatsResponse: stats 1 ContainerStats
    ContainerStats: attributes 1 ContainerAttributes, cpu 2 CpuUsage, memory 3 MemoryUsage
    ContainerAttributes: id 1, metadata 2 ContainerMetadata
    CpuUsage: timestamp 1 int, usage_core_nano_seconds 2 wrapped, usage_nano_cores 3 wrapped
    MemoryUsage: timestamp 1 int, working_set_bytes 2 wrapped, available_bytes 3 wrapped, usage_bytes 4 wrapped,
        rss_bytes 5 wrapped
    ListPodSandboxStatsRequest:
    ListPodSandboxStatsResponse: stats 1 PodSandboxStats*
    PodSandboxStats: attributes 1 PodSandboxAttributes, linux 2 LinuxPodSandboxStats
    PodSandboxAttributes: id 1, metadata 2 PodSandboxMetadata
    LinuxPodSandboxStats: cpu 1 CpuUsage, memory 2 MemoryUsage, process 4 ProcessUsage, containers 5 ContainerStats*
    ProcessUsage: timestamp 1 int, process_count 2 wrapped
""")


class CriError(AssertionError):
    """What the runtime answered in the place of a response; `code` is gRPC's, such as "NOT_FOUND"."""

    def __init__(self, rpc, error):
        super().__init__(f"{rpc}: {error.code().name}: {error.details()}")
        self.code = error.code().name


class Cri:
    """A connection. An error of the runtime is a CriError, which fails the test unless it is expected."""

    def __init__(self, socket):
        self._channel = grpc.insecure_channel(f"unix://{socket}")

    def close(self):
        """Ends the connection."""
        self._channel.close()

    def __getattr__(self, rpc):
        if rpc + "Request" not in _TABLES:
            raise AttributeError(f"no rpc '{rpc}' in the table")
        method = self._channel.unary_unary(f"/runtime.v1.RuntimeService/{rpc}",
                                           lambda request: encode(_TABLES, rpc + "Request", request),
                                           lambda response: decode(_TABLES, rpc + "Response", response))

        def call(seconds=60, **fields):
            try:
                return method(fields, timeout=seconds * time_scale())
            except grpc.RpcError as error:
                raise CriError(rpc, error) from None

        return call
