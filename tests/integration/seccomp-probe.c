// Makes one system call and says what came of it: seccomp-probe ABI NUMBER [thread]. ABI is native, x86 (int 0x80) or
// x32; the arguments are all 0. Prints "result N" or "trapped N", the number that SIGSYS tells; with `thread` a thread
// makes the call, and "alive" follows when the rest of the process has outlived it.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char* abi;
static long number;

static long call(void) {
#if defined(__x86_64__)
  long result;
  if (strcmp(abi, "x86") == 0) {
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(0), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
  }
  if (strcmp(abi, "x32") == 0) {
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number | 0x40000000), "D"(0), "S"(0), "d"(0)
                     : "memory", "rcx", "r11");
    return result;
  }
#endif
  return syscall(number, 0, 0, 0) < 0 ? -errno : 0;
}

static void trapped(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)context;
  char text[32];
  int length = snprintf(text, sizeof text, "trapped %d\n", info->si_syscall);
  if (write(1, text, (size_t)length) != length) _exit(1);
  _exit(0);
}

static void* make_call(void* unused) {
  printf("result %ld\n", call());
  fflush(stdout);
  return unused;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  abi = argv[1];
  number = atol(argv[2]);
  struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  if (argc == 3) {
    make_call(NULL);
    return 0;
  }
  pthread_t thread;
  if (pthread_create(&thread, NULL, make_call, NULL) != 0) return 1;
  pthread_join(thread, NULL);
  puts("alive");
  return 0;
}
