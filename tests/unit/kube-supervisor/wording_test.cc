#include "runtime/kube/supervisor/wording.h"

#include <doctest/doctest.h>

#include "runtime/kube/state/event_log.h"

namespace {

kube::Container web() {
  kube::Container container;
  container.name = "web";
  container.image = "busybox:1.28";
  return container;
}

const kube::ObjectMeta kPod = {.name = "shop", .ns = "default", .uid = "1234"};

}  // namespace

TEST_CASE("wording: events say what the kubelet says") {
  CHECK(kube::pulled_event(web()).message == "Container image \"busybox:1.28\" already present on machine");
  CHECK(kube::created_event(web()).message == "Created container: web");
  CHECK(kube::started_event(web()).message == "Started container web");
  CHECK(kube::killing_event(web(), "").message == "Stopping container web");
  CHECK(kube::backoff_event(web(), kPod).message ==
        "Back-off restarting failed container web in pod shop_default(1234)");
  CHECK(kube::failed_event(web(), "ErrImagePull").message == "Error: ErrImagePull");
  CHECK(kube::image_never_event(web(), "busybox:1.28").message ==
        "Container image \"busybox:1.28\" is not present with pull policy of Never");
  CHECK(kube::started_event(web()).object == "spec.containers{web}");
  CHECK(kube::sandbox_failed_event("why").message == "Failed to create pod sandbox: why");
  CHECK(kube::sandbox_failed_event("why").object.empty());
  CHECK(kube::crash_loop_message(web(), kPod, 80'000) ==
        "back-off 1m20s restarting failed container=web pod=shop_default(1234)");
}

TEST_CASE("wording: durations as Go prints them") {
  CHECK(kube::go_duration(10'000) == "10s");
  CHECK(kube::go_duration(80'000) == "1m20s");
  CHECK(kube::go_duration(300'000) == "5m0s");
  CHECK(kube::go_duration(3'600'000) == "1h0m0s");
}

TEST_CASE("events: the same again is counted and becomes the newest; there is a limit") {
  kube::EventLog log;
  kube::Event first = kube::created_event(web());
  first.first = first.last = {100};
  log.add(first);
  log.add(kube::started_event(web()));
  first.first = first.last = {200};
  log.add(first);
  REQUIRE(log.events().size() == 2);
  CHECK(log.events()[1].reason == "Created");
  CHECK(log.events()[1].count == 2);
  CHECK(log.events()[1].first.seconds == 100);
  CHECK(log.events()[1].last.seconds == 200);
  for (int i = 0; i < 300; i++) log.add(kube::failed_event(web(), std::to_string(i)));
  CHECK(log.events().size() == kube::EventLog::kLimit);
  CHECK(log.events().back().message == "Error: 299");
}
