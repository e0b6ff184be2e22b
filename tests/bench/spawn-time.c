// Times programs from spawn to exit, interleaved, with as little of its own in the figure as can be.
//
//   spawn-time ROUNDS WARMUP PROGRAM [ARGUMENT…] [-- PROGRAM [ARGUMENT…]]…
//
// Each round runs every program once, each round beginning with another one, so that drift of the machine (frequency,
// caches, what the kernel tears down in the background) falls on all alike. One line a measured run: the program's
// index and nanoseconds. A program that does not exit with 0 ends the measurement: a failure must not count as fast.
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMaxPrograms = 16 };

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int64_t run_once(char** program) {
  pid_t child;
  int status;
  int64_t start = now();
  int problem = posix_spawn(&child, program[0], NULL, NULL, program, environ);
  if (problem) {
    fprintf(stderr, "spawn-time: %s: %s\n", program[0], strerror(problem));
    exit(1);
  }
  if (waitpid(child, &status, 0) != child) {
    perror("spawn-time: waitpid");
    exit(1);
  }
  int64_t taken = now() - start;
  if (status != 0) {
    fprintf(stderr, "spawn-time: %s: %s %d\n", program[0], WIFEXITED(status) ? "exit code" : "signal",
            WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    exit(1);
  }
  return taken;
}

int main(int count, char** arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: spawn-time ROUNDS WARMUP PROGRAM [ARGUMENT...] [-- PROGRAM [ARGUMENT...]]...\n");
    return 2;
  }
  int rounds = atoi(arguments[1]), warmup = atoi(arguments[2]), programs = 1;
  char** program[kMaxPrograms] = {arguments + 3};
  for (int i = 3; i < count; i++) {
    if (strcmp(arguments[i], "--") != 0) continue;
    if (programs == kMaxPrograms || i + 1 == count) return 2;
    arguments[i] = NULL;
    program[programs++] = arguments + i + 1;
  }
  for (int round = -warmup; round < rounds; round++) {
    for (int turn = 0; turn < programs; turn++) {
      int which = (turn + round + warmup) % programs;
      int64_t taken = run_once(program[which]);
      if (round >= 0) printf("%d %lld\n", which, (long long)taken);
    }
  }
  return 0;
}
