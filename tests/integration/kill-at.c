// Runs a command and kills a process of it at its Nth system call: kill-at WHO N REPORT COMMAND [ARGUMENT...].
//
// WHO is `self`, the command's own process, or `child`, the first that it makes. What a process did to the machine
// changes by its system calls alone, so a death at the entry of each is a death in each of its states. (The kernel does
// not carry out a call at whose entry SIGKILL waits.) REPORT gets one line: "killed CALL", the call's number, or "ended
// CALLS", how many there were. The exit code is the command's, 128 + the signal that ended it, or 125 when this program
// itself has failed.
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t command, victim;  // the victim is 0 until it is there
static bool of_child;
static long point, calls, killed_at = -1;

static _Noreturn void fail(const char* what) {
  perror(what);
  exit(125);
}

static void launch(char** words) {
  command = fork();
  if (command < 0) fail("kill-at: fork");
  if (command > 0) return;
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) fail("kill-at: ptrace");
  raise(SIGSTOP);
  execv(words[0], words);
  fail("kill-at: exec");
}

// Goes on until the command itself runs; what came before were our own calls.
static void await_exec(void) {
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (of_child) options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE;
  int status;
  if (waitpid(command, &status, 0) != command) fail("kill-at: waitpid");
  if (ptrace(PTRACE_SETOPTIONS, command, 0, options) < 0) fail("kill-at: ptrace options");
  while (WIFSTOPPED(status) && status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
    if (ptrace(PTRACE_CONT, command, 0, 0) < 0) fail("kill-at: ptrace continue");
    if (waitpid(command, &status, 0) != command) fail("kill-at: waitpid");
  }
  if (!WIFSTOPPED(status)) exit(125);
  if (!of_child) victim = command;
}

// The number of the system call that the process is about to make; -1 when it stands somewhere else.
static long entered_call(pid_t pid) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) return -1;
  return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

// Lets a process that has stopped go on, or kills it. Children but the victim are let go of: they are hooks.
static void handle_stop(pid_t pid, int status) {
  int signal = WSTOPSIG(status);
  if (pid != command && victim == 0) victim = pid;
  if (pid != command && pid != victim) {
    ptrace(PTRACE_DETACH, pid, 0, 0);
    return;
  }
  if (signal == (SIGTRAP | 0x80)) {
    long call = pid == victim ? entered_call(pid) : -1;
    if (call >= 0 && ++calls == point) {
      killed_at = call;
      kill(pid, SIGKILL);
    }
    signal = 0;
  } else if (signal == SIGSTOP || signal == SIGTRAP) {
    signal = 0;
  }
  ptrace(pid == victim ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, signal);
}

static void write_report(const char* path) {
  FILE* report = fopen(path, "we");
  if (!report) fail("kill-at: report");
  if (killed_at >= 0)
    fprintf(report, "killed %ld\n", killed_at);
  else
    fprintf(report, "ended %ld\n", calls);
  fclose(report);
}

int main(int argc, char** argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: kill-at self|child N REPORT COMMAND [ARGUMENT...]\n");
    return 125;
  }
  of_child = strcmp(argv[1], "child") == 0;
  point = atol(argv[2]);
  launch(argv + 4);
  await_exec();
  ptrace(of_child ? PTRACE_CONT : PTRACE_SYSCALL, command, 0, 0);
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) fail("kill-at: waitpid");
    if (WIFSTOPPED(status)) {
      handle_stop(pid, status);
    } else if (pid == command) {
      write_report(argv[3]);
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
}
