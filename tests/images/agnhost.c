// What stands for registry.k8s.io/e2e-test-images/agnhost and for etcd's health service: servers that turn unhealthy.
//
//   agnhost liveness             HTTP on port 8080: /healthz is 200 "ok" for 10 seconds, then 500 "error: SECONDS"
//   agnhost health PORT SECONDS  gRPC's health protocol: SERVING for so long, then NOT_SERVING
//   agnhost headers PORT         HTTP: answers with the request that it was given, and prints it
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double began;

static double seconds(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

// As PID 1 of a container it would not end otherwise.
static void end(int number) {
  _exit(128 + number);
}

static int listen_at(uint16_t port) {
  const int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (const struct sockaddr*)&address, sizeof address) < 0 || listen(fd, 64) < 0) {
    perror("agnhost: listen");
    exit(1);
  }
  return fd;
}

static void answer_http(int client, int status, const char* body) {
  dprintf(client, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", status,
          status == 200 ? "OK" : "Internal Server Error", strlen(body), body);
}

static void serve_liveness(int client) {
  char request[4096], body[64] = "ok";
  if (read(client, request, sizeof request) <= 0) return;
  const double age = seconds() - began;
  if (age > 10) snprintf(body, sizeof body, "error: %f", age);
  answer_http(client, age > 10 ? 500 : 200, body);
}

static void serve_headers(int client) {
  char request[4096];
  const ssize_t size = read(client, request, sizeof request - 1);
  if (size <= 0) return;
  request[size] = '\0';
  fputs(request, stdout);
  fflush(stdout);
  answer_http(client, 200, request);
}

// Whether the bytes hold a whole request: behind the preface of 24 bytes a DATA frame that ends the stream (RFC 9113).
static int is_request(const unsigned char* bytes, size_t size) {
  for (size_t at = 24; at + 9 <= size;) {
    const size_t length = (size_t)bytes[at] << 16 | (size_t)bytes[at + 1] << 8 | bytes[at + 2];
    if (bytes[at + 3] == 0 && (bytes[at + 4] & 1) != 0) return at + 9 + length <= size;
    at += 9 + length;
  }
  return 0;
}

// SETTINGS; HEADERS with :status 200; DATA with the message; trailers with grpc-status 0.
static void serve_health(int client, double until) {
  static unsigned char answer[] =
      "\0\0\0\4\0\0\0\0\0"
      "\0\0\1\1\4\0\0\0\1\x88"
      "\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\1"
      "\0\0\x0f\1\5\0\0\0\1\0\x0bgrpc-status\x01"
      "0";
  unsigned char request[4096];
  size_t size = 0;
  while (!is_request(request, size)) {
    const ssize_t got = read(client, request + size, sizeof request - size);
    if (got <= 0) return;
    size += (size_t)got;
  }
  answer[9 + 10 + 15] = seconds() < until ? 1 : 2;
  if (write(client, answer, sizeof answer - 1) < 0) return;
  while (read(client, request, sizeof request) > 0) {  // until the client has had enough
  }
}

int main(int count, char** arguments) {
  const char* mode = count > 1 ? arguments[1] : "";
  const uint16_t port = count > 2 ? (uint16_t)atoi(arguments[2]) : 8080;
  began = seconds();
  signal(SIGTERM, end);
  signal(SIGPIPE, SIG_IGN);
  const int listening = listen_at(port);
  for (;;) {
    const int client = accept(listening, NULL, NULL);
    if (client < 0) continue;
    if (strcmp(mode, "liveness") == 0) serve_liveness(client);
    if (strcmp(mode, "headers") == 0) serve_headers(client);
    if (strcmp(mode, "health") == 0) serve_health(client, began + (count > 3 ? atof(arguments[3]) : 1e9));
    close(client);
  }
}
