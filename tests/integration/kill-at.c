// Runs a command and kills it as it enters its Nth system call: kill-at N REPORT COMMAND [ARGUMENT...].
//
// What a process did to the machine changes by its system calls alone, so a death at the entry of each is a death in
// each of its states. (The kernel does not carry out a call at whose entry SIGKILL waits.) Only the command's own
// process is followed, not what it clones. REPORT gets one line: "killed CALL", the call's number, or "ended CALLS",
// how many there were. The exit code is the command's, 128 + the signal that ended it, or 125 when this program itself
// has failed.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const char* what) {
  perror(what);
  exit(125);
}

static void wait_for(pid_t pid, int* status) {
  if (waitpid(pid, status, 0) != pid) fail("kill-at: waitpid");
}

static pid_t launch(char** command) {
  pid_t pid = fork();
  if (pid < 0) fail("kill-at: fork");
  if (pid > 0) return pid;
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) fail("kill-at: ptrace");
  raise(SIGSTOP);
  execv(command[0], command);
  fail("kill-at: exec");
}

// Goes on until the command itself runs; what came before were our own calls.
static void await_exec(pid_t pid) {
  int status;
  wait_for(pid, &status);
  if (ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0)
    fail("kill-at: ptrace options");
  while (WIFSTOPPED(status) && status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
    if (ptrace(PTRACE_CONT, pid, 0, 0) < 0) fail("kill-at: ptrace continue");
    wait_for(pid, &status);
  }
  if (!WIFSTOPPED(status)) exit(125);
}

// The number of the system call that the process is about to make; -1 when it stands somewhere else.
static long entered_call(pid_t pid) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) return -1;
  return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: kill-at N REPORT COMMAND [ARGUMENT...]\n");
    return 125;
  }
  long point = atol(argv[1]), calls = 0, killed_at = -1;
  pid_t pid = launch(argv + 3);
  await_exec(pid);

  int status = 0, signal = 0;
  for (;;) {
    if (ptrace(PTRACE_SYSCALL, pid, 0, signal) < 0 && killed_at < 0) fail("kill-at: ptrace");
    wait_for(pid, &status);
    if (!WIFSTOPPED(status)) break;
    signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      signal = 0;
      long call = entered_call(pid);
      if (call >= 0 && ++calls == point) {
        killed_at = call;
        kill(pid, SIGKILL);
      }
    } else if (signal == SIGSTOP || signal == SIGTRAP) {
      signal = 0;
    }
  }

  FILE* report = fopen(argv[2], "we");
  if (!report) fail("kill-at: report");
  if (killed_at >= 0)
    fprintf(report, "killed %ld\n", killed_at);
  else
    fprintf(report, "ended %ld\n", calls);
  fclose(report);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
