#include "runtime/kube/api/describe.h"

#include <doctest/doctest.h>

#include "tests/unit/kube/sample.h"

using namespace kube;

TEST_CASE("describe: a pod in kubectl's layout") {
  CHECK(describe_pod(sample_pod(), sample_events(), kSampleNow) == R"text(Name:         demo
Namespace:    default
Priority:     0
Node:         node01/127.0.0.1
Start Time:   Sun, 22 Nov 2026 22:42:02 +0000
Labels:       app=demo
              tier=1
Annotations:  note: hello
Status:       Running
IP:           10.0.0.2
IPs:
  IP:  10.0.0.2
Containers:
  web:
    Container ID:   nacelle://web1
    Image:          nginx:1.27
    Image ID:       sha256:aa
    Ports:          80/TCP (http), 443/TCP
    Host Ports:     0/TCP (http), 0/TCP
    State:          Running
      Started:      Sun, 22 Nov 2026 22:42:04 +0000
    Ready:          True
    Restart Count:  0
    Environment:
      GREETING:  hello
      LINES:     a
                 b
    Mounts:
      /cache from cache (rw)
      /usr/share from pages (ro)
  worker:
    Container ID:  nacelle://wrk2
    Image:         stress
    Image ID:      sha256:bb
    Port:          <none>
    Host Port:     <none>
    Command:
      stress
    Args:
      --vm
      1
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Sun, 22 Nov 2026 22:48:02 +0000
      Finished:     Sun, 22 Nov 2026 22:48:10 +0000
    Ready:          False
    Restart Count:  2
    Limits:
      cpu:     1
      memory:  100Mi
    Requests:
      cpu:        500m
      memory:     50Mi
    Environment:  <none>
    Mounts:       <none>
Conditions:
  Type         Status
  Initialized  True
  Ready        False
Volumes:
  pages:
    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:
    SizeLimit:  <unset>
  cache:
    Type:        EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:      Memory
    SizeLimit:   64Mi
QoS Class:       Burstable
Node-Selectors:  <none>
Tolerations:     <none>
Events:
  Type     Reason   Age               From     Message
  ----     ------   ----              ----     -------
  Normal   Pulled   9m59s             nacelle  Container image "nginx:1.27" already present on machine
  Warning  BackOff  10s (x3 over 4m)  nacelle  Back-off restarting failed container worker in pod demo_default
)text");
}

TEST_CASE("describe: a pod that is being deleted") {
  Pod pod = sample_pod();
  pod.metadata.deletion_time = before_sample(5);
  pod.metadata.deletion_grace_period = 30;
  std::string text = describe_pod(pod, {}, kSampleNow);
  CHECK(text.find("Status:                    Terminating (lasts 5s)\n") != std::string::npos);
  CHECK(text.find("Termination Grace Period:  30s\n") != std::string::npos);
  CHECK(text.find("Events:          <none>\n") != std::string::npos);
}

TEST_CASE("describe: long and many-lined annotations go below their key") {
  Pod pod;
  pod.metadata.annotations = {{"a", std::string(200, 'x')}, {"b", "one\ntwo\n"}, {"c", "short"}};
  std::string text = describe_pod(pod, {}, kSampleNow);
  CHECK(text.find("Annotations:  a:\n                " + std::string(138, 'x') +
                  "...\n              b:\n                one\n"
                  "                two\n              c: short\n") != std::string::npos);
}

TEST_CASE("describe: a hostile message does not drive the terminal") {
  Pod pod = sample_pod();
  std::string text = describe_pod(pod, {{.type = "Normal", .reason = "x", .message = "a\x1b[2Jb"}}, kSampleNow);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("a^[[2Jb") != std::string::npos);
}
