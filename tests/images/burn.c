// What the image vish/stress runs in the CPU and memory examples: takes as much of either as its flags say.
//
//   stress [-logtostderr] [-cpus N] [-mem-total QUANTITY] [-mem-alloc-size QUANTITY] [-mem-alloc-sleep DURATION]
//
// Flags begin with one or two dashes and take their value as the next argument or behind '='. Quantities are bytes with
// an optional suffix (k M G, Ki Mi Gi), durations have one of ms, s, m.
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct work {
  long cpus;
  uint64_t total, chunk;
  struct timespec pause;
};

static void refuse(const char* flag, const char* value) {
  fprintf(stderr, "stress: %s: bad value '%s'\n", flag, value);
  exit(2);
}

static uint64_t read_quantity(const char* flag, const char* text) {
  static const struct {
    const char* suffix;
    uint64_t factor;
  } kUnits[] = {{"", 1},         {"k", 1000},     {"M", 1000000}, {"G", 1000000000},
                {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}};
  char* end;
  const uint64_t number = strtoull(text, &end, 10);
  for (size_t i = 0; end != text && i < sizeof kUnits / sizeof *kUnits; i++)
    if (strcmp(end, kUnits[i].suffix) == 0) return number * kUnits[i].factor;
  refuse(flag, text);
  return 0;
}

static struct timespec read_duration(const char* flag, const char* text) {
  char* end;
  const double number = strtod(text, &end);
  const double unit = strcmp(end, "ms") == 0 ? 0.001 : strcmp(end, "s") == 0 ? 1 : strcmp(end, "m") == 0 ? 60 : 0;
  if (end == text || unit == 0 || number < 0) refuse(flag, text);
  const double seconds = number * unit;
  return (struct timespec){(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
}

// As PID 1 of a container it would not end otherwise.
static void end(int number) {
  _exit(128 + number);
}

static void* spin(void* nothing) {
  for (volatile uint64_t count = 0;; count++) {
  }
  return nothing;
}

static void read_flags(int count, char** arguments, struct work* work) {
  for (int i = 1; i < count; i++) {
    char* flag = arguments[i] + strspn(arguments[i], "-");
    char* value = strchr(flag, '=');
    if (value) *value++ = '\0';
    if (strcmp(flag, "logtostderr") == 0) continue;
    if (!value && i + 1 < count) value = arguments[++i];
    if (!value) refuse(flag, "");
    if (strcmp(flag, "cpus") == 0) {
      work->cpus = (long)read_quantity(flag, value);
    } else if (strcmp(flag, "mem-total") == 0) {
      work->total = read_quantity(flag, value);
    } else if (strcmp(flag, "mem-alloc-size") == 0) {
      work->chunk = read_quantity(flag, value);
    } else if (strcmp(flag, "mem-alloc-sleep") == 0) {
      work->pause = read_duration(flag, value);
    } else {
      fprintf(stderr, "stress: flag provided but not defined: -%s\n", flag);
      exit(2);
    }
  }
  if (work->chunk == 0) refuse("mem-alloc-size", "0");
}

static void take_memory(const struct work* work) {
  for (uint64_t taken = 0; taken < work->total; taken += work->chunk) {
    char* chunk = malloc(work->chunk);
    if (!chunk) {
      perror("stress: allocate");
      exit(1);
    }
    memset(chunk, 1, work->chunk);  // only memory that is touched is charged
    nanosleep(&work->pause, NULL);
  }
}

int main(int count, char** arguments) {
  struct work work = {.chunk = 4096, .pause = {0, 1000000}};
  signal(SIGTERM, end);
  signal(SIGINT, end);
  read_flags(count, arguments, &work);
  fprintf(stderr, "Allocating \"%llu\" memory, in \"%llu\" chunks\n", (unsigned long long)work.total,
          (unsigned long long)work.chunk);
  for (long i = 0; i < work.cpus; i++) {
    pthread_t thread;
    fprintf(stderr, "Spawning a thread to consume CPU\n");
    if (pthread_create(&thread, NULL, spin, NULL) != 0) {
      fprintf(stderr, "stress: cannot start a thread\n");
      return 1;
    }
  }
  take_memory(&work);
  fprintf(stderr, "Allocated \"%llu\" memory\n", (unsigned long long)work.total);
  for (;;) pause();
}
