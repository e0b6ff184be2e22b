// Words of the command line and of the control socket.
#include <doctest/doctest.h>

#include "runtime/kube/supervisor/control.h"
#include "runtime/kube/verbs/duration.h"
#include "runtime/kube/verbs/resource.h"

using Words = std::vector<std::string>;

TEST_CASE("durations: as kubectl takes them") {
  CHECK(*kube::parse_duration("30s") == 30'000);
  CHECK(*kube::parse_duration("1m30s") == 90'000);
  CHECK(*kube::parse_duration("500ms") == 500);
  CHECK(*kube::parse_duration("2h") == 7'200'000);
  CHECK(*kube::parse_duration("10") == 10'000);
  CHECK(*kube::parse_duration("0") == 0);
  CHECK(*kube::parse_duration("-1s") == 7 * 24 * 3'600'000LL);
  for (const char* bad : {"", "s", "1x", "1m30", "s30", "1.5s", "99999999999s"}) CHECK(!kube::parse_duration(bad));
  CHECK(kube::parse_duration("soon").error().text() == "'soon' is no time like 30s or 1m30s");
}

TEST_CASE("resources: a kind and names, or kind/name words") {
  const auto of = [](const Words& words) { return kube::parse_resources(words); };
  CHECK(of({"pods"})->at(0).names.empty());
  CHECK(of({"po", "a", "b"})->at(0).names == Words{"a", "b"});
  CHECK(of({"pod/a", "pods/b"})->at(0).names == Words{"a", "b"});
  CHECK(of({"ns"})->at(0).kind == &kube::KindOf<kube::Namespace>::names);
  CHECK(of({"events"})->at(0).kind == &kube::KindOf<kube::Event>::names);
  CHECK(of({"cm,secrets", "a"})->at(1).kind == &kube::KindOf<kube::Secret>::names);
  CHECK(of({"cm,secrets", "a"})->at(1).names == Words{"a"});
  const auto mixed = of({"cm/a", "cm/b", "secret/c"});
  REQUIRE(mixed);
  CHECK(mixed->at(0).names == Words{"a", "b"});
  CHECK(mixed->at(1).kind == &kube::KindOf<kube::Secret>::names);
  CHECK(kube::parse_pod_names(Words{"pod/a", "pod/b"}) == Words{"a", "b"});
  CHECK(!kube::parse_pod_names(Words{"cm/a"}));
  CHECK(of({"pod/a", "b"}).error().text() == "'b' is not KIND/NAME as the others are");
  CHECK(!of({"svc"}));
  CHECK(!of({}));
  CHECK(*kube::parse_pod_name("web") == "web");
  CHECK(*kube::parse_pod_name("pod/web") == "web");
  CHECK(!kube::parse_pod_name("ns/web"));
}

TEST_CASE("control: a request is read back; anything else is not one") {
  const auto deletion = kube::parse_request(kube::print_request(kube::DeleteRequest{30}));
  REQUIRE(deletion);
  CHECK(std::get<kube::DeleteRequest>(*deletion).grace == 30);
  for (const bool is_resize : {false, true}) {
    const kube::PatchRequest given{kube::PatchType::merge, is_resize, "{\"a\":\n1}"};
    const auto patch = kube::parse_request(kube::print_request(given));
    REQUIRE(patch);
    CHECK(std::get<kube::PatchRequest>(*patch).type == kube::PatchType::merge);
    CHECK(std::get<kube::PatchRequest>(*patch).is_resize == is_resize);
    CHECK(std::get<kube::PatchRequest>(*patch).text == given.text);
  }
  for (const bool wants_input : {false, true}) {
    const auto attach = kube::parse_request(kube::print_request(kube::AttachRequest{"web", wants_input}));
    REQUIRE(attach);
    CHECK(std::get<kube::AttachRequest>(*attach).container == "web");
    CHECK(std::get<kube::AttachRequest>(*attach).wants_input == wants_input);
  }
  for (const char* bad : {"", "delete", "delete ", "delete -1", "delete 1x", "delete 99999999999", "kill 1",
                          "patch json", "patch other\n{}", "patch merge scale\n{}"})
    CHECK(!kube::parse_request(bad));
}
