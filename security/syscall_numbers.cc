#include "security/syscall_numbers.h"

#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace security {
namespace {

struct Numbered {
  std::string_view name;
  uint32_t number;
};

// System calls that are younger than libseccomp 2.5.4. Since Linux 5.0 a new call has the same number everywhere, on
// top of the base of the ABI (4000, 5000 and 6000 on MIPS, 2^30 for x32).
constexpr Numbered kYoung[] = {
    {"cachestat", 451},         {"fchmodat2", 452},         {"map_shadow_stack", 453}, {"futex_wake", 454},
    {"futex_wait", 455},        {"futex_requeue", 456},     {"statmount", 457},        {"listmount", 458},
    {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
    {"setxattrat", 463},        {"getxattrat", 464},        {"listxattrat", 465},      {"removexattrat", 466},
    {"open_tree_attr", 467},    {"file_getattr", 468},      {"file_setattr", 469},     {"listns", 470},
    {"rseq_slice_yield", 471},
};
// Those of one architecture alone.
struct Local {
  std::string_view name;
  uint32_t token, number;
};
constexpr Local kYoungLocal[] = {
    {"uretprobe", SCMP_ARCH_X86_64, 335}, {"uprobe", SCMP_ARCH_X86_64, 336}, {"riscv_hwprobe", SCMP_ARCH_RISCV64, 258}};

// The calls of socketcall(2), from 1, as <linux/net.h> counts them: libseccomp's number for call n is -(100 + n).
constexpr int kSocketCalls = 20, kSocketBase = -100;
// The calls of ipc(2) in <linux/ipc.h>: -(200 + n).
constexpr int kIpcCalls = 24, kIpcBase = -200;

// Numbers of their own that these calls were given later: Linux 4.3 (x86, s390), 2.6.37 (PowerPC) for sockets, 5.1 for
// ipc; MIPS o32 had them for sockets from the start, SH since 2.6.37, m68k since 4.3. Index 0 is call 1; 0 stands for
// none.
using SocketNumbers = uint16_t[kSocketCalls];
//                                   socket bind conn lstn acpt gsnm gpnm pair send recv sndt rcvf shut seto geto sndm
//                                   rcvm acp4 rcmm sdmm
constexpr SocketNumbers kX86Sockets = {359, 361, 362, 363, 0,   367, 368, 360, 0,   0,
                                       369, 371, 373, 366, 365, 370, 372, 364, 337, 345};
constexpr SocketNumbers kS390Sockets = {359, 361, 362, 363, 0,   367, 368, 360, 0,   0,
                                        369, 371, 373, 366, 365, 370, 372, 364, 357, 358};
constexpr SocketNumbers kPpcSockets = {326, 327, 328, 329, 330, 331, 332, 333, 334, 336,
                                       335, 337, 338, 339, 340, 341, 342, 344, 343, 349};
constexpr SocketNumbers kMipsSockets = {4183, 4169, 4170, 4174, 4168, 4172, 4171, 4184, 4178, 4175,
                                        4180, 4176, 4182, 4181, 4173, 4179, 4177, 4334, 4335, 4343};
constexpr SocketNumbers kM68kSockets = {356, 358, 359, 360, 0,   364, 365, 357, 0,   0,
                                        366, 368, 370, 363, 362, 367, 369, 361, 371, 372};
constexpr SocketNumbers kShSockets = {340, 341, 342, 343, 344, 345, 346, 347, 348, 350,
                                      349, 351, 352, 353, 354, 355, 356, 358, 357, 363};
constexpr uint16_t kIpcNumbers[kIpcCalls] = {0,   393, 394, 392, 0, 0, 0, 0, 0,   0,   400, 401,
                                             399, 402, 0,   0,   0, 0, 0, 0, 397, 398, 395, 396};

const uint16_t* socket_numbers(uint32_t token) {
  switch (token) {
    case SCMP_ARCH_X86: return kX86Sockets;
    case SCMP_ARCH_S390:
    case SCMP_ARCH_S390X: return kS390Sockets;
    case SCMP_ARCH_PPC:
    case SCMP_ARCH_PPC64:
    case SCMP_ARCH_PPC64LE: return kPpcSockets;
    case SCMP_ARCH_MIPS:
    case SCMP_ARCH_MIPSEL: return kMipsSockets;
    // libseccomp has names for these since 2.6; its tokens are the kernel's numbers.
    case AUDIT_ARCH_M68K: return kM68kSockets;
    case AUDIT_ARCH_SH:
    case AUDIT_ARCH_SHEL: return kShSockets;
    default: return nullptr;
  }
}

std::optional<uint32_t> number_of(const Abi& abi, const char* name) {
  int number = seccomp_syscall_resolve_name_arch(abi.token, name);
  if (number < 0) return std::nullopt;
  return static_cast<uint32_t>(number);
}

SyscallNumbers find_socket_call(const Abi& abi, uint32_t call) {
  SyscallNumbers found;
  const uint16_t* direct = socket_numbers(abi.token);
  if (direct && direct[call - 1] != 0) found.direct = direct[call - 1];
  found.multiplexer = number_of(abi, "socketcall");
  found.subcall = call;
  found.subcall_mask = ~0U;  // the kernel takes it as an int: the high half of a register counts for nothing
  return found;
}

SyscallNumbers find_ipc_call(const Abi& abi, uint32_t call) {
  SyscallNumbers found;
  found.multiplexer = number_of(abi, "ipc");
  found.subcall = call;
  found.subcall_mask = 0xffff;  // above stands a version, which the kernel splits off: ipc(2) in ipc/syscall.c
  constexpr uint16_t kSemtimedop = 392;
  bool is_mips = abi.token == SCMP_ARCH_MIPS || abi.token == SCMP_ARCH_MIPSEL;
  uint16_t direct = kIpcNumbers[call - 1];
  // 32-bit ABIs were given only semtimedop_time64, which has a name of its own.
  if (found.multiplexer && direct != 0 && (direct != kSemtimedop || abi.is_64bit))
    found.direct = direct + (is_mips ? 4000U : 0U);
  return found;
}

std::optional<SyscallNumbers> find_young(const Abi& abi, const std::string& name) {
  SyscallNumbers numbers;
  if (auto local = std::ranges::find(kYoungLocal, name, &Local::name); local != std::end(kYoungLocal)) {
    if (abi.token == local->token) numbers.direct = local->number;
    return numbers;
  }
  auto young = std::ranges::find(kYoung, name, &Numbered::name);
  if (young == std::end(kYoung)) return std::nullopt;
  constexpr uint32_t kOldestUnified = 424;
  if (auto oldest = number_of(abi, "pidfd_send_signal")) numbers.direct = young->number + (*oldest - kOldestUnified);
  return numbers;
}

}  // namespace

std::optional<SyscallNumbers> find_syscall(const Abi& abi, const std::string& name) {
  int number = seccomp_syscall_resolve_name_arch(abi.token, name.c_str());
  if (number == __NR_SCMP_ERROR) return find_young(abi, name);
  if (number >= 0) return SyscallNumbers{.direct = static_cast<uint32_t>(number)};
  if (number < kSocketBase && number >= kSocketBase - kSocketCalls)
    return find_socket_call(abi, static_cast<uint32_t>(kSocketBase - number));
  if (number < kIpcBase && number >= kIpcBase - kIpcCalls)
    return find_ipc_call(abi, static_cast<uint32_t>(kIpcBase - number));
  return SyscallNumbers{};  // a call of other architectures
}

}  // namespace security
