#include <doctest/doctest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "runtime/kube/supervisor/log_line.h"
#include "runtime/kube/supervisor/log_writer.h"
#include "runtime/kube/supervisor/termination_message.h"

using kube::LineSplitter;

TEST_CASE("log: whole lines are full, a rest is kept back and partial at the end") {
  LineSplitter lines("stdout");
  CHECK(lines.add("one\ntwo\nthr", "T") == "T stdout F one\nT stdout F two\n");
  CHECK(lines.add("ee\n\n", "U") == "U stdout F three\nU stdout F \n");
  CHECK(lines.add("rest", "V") == "");
  CHECK(lines.finish("W") == "W stdout P rest\n");
  CHECK(lines.finish("X") == "");
}

TEST_CASE("log: a long line is cut into partial ones, whatever pieces it comes in") {
  const std::string text(2 * LineSplitter::kLongest + 5, 'x');
  const std::string piece = "T stderr P " + std::string(LineSplitter::kLongest, 'x') + "\n";
  for (const size_t step : {size_t{1}, size_t{1000}, LineSplitter::kLongest, text.size() + 1}) {
    LineSplitter lines("stderr");
    std::string out;
    const std::string all = text + "\n";
    for (size_t at = 0; at < all.size(); at += step) out += lines.add(std::string_view(all).substr(at, step), "T");
    CHECK(out == piece + piece + "T stderr F xxxxx\n");
  }
}

TEST_CASE("log: a line of exactly the longest length stays whole") {
  LineSplitter lines("stdout");
  const std::string text(LineSplitter::kLongest, 'x');
  CHECK(lines.add(text + "\n", "T") == "T stdout F " + text + "\n");
}

TEST_CASE("log: timestamps are RFC 3339 with nine digits") {
  const std::string text = kube::log_timestamp();
  REQUIRE(text.size() == 30);
  CHECK(text[10] == 'T');
  CHECK(text[19] == '.');
  CHECK(text.back() == 'Z');
}

TEST_CASE("log: lines are read back; what is none is refused") {
  const auto line = kube::parse_log_line("2016-10-06T00:17:09.669794202Z stdout F some text ");
  REQUIRE(line);
  CHECK(line->timestamp == "2016-10-06T00:17:09.669794202Z");
  CHECK(line->stream == "stdout");
  CHECK(line->text == "some text ");
  CHECK(!line->is_partial);
  CHECK(kube::parse_log_line("T stderr P:tag:more half")->is_partial);
  CHECK(kube::parse_log_line("T stdout F ")->text.empty());
  for (const char* bad : {"", "one", "T stdout", "T stdout X text"}) CHECK(!kube::parse_log_line(bad));
}

TEST_CASE("log: the end of it as the container wrote it, by lines and bytes") {
  const std::string log =
      "2016-10-06T00:17:09Z stdout F one\n2016-10-06T00:17:09Z stderr P tw\n2016-10-06T00:17:09Z stderr F o\n"
      "2016-10-06T00:17:09Z stdout F \n2016-10-06T00:17:09Z stdout P end";
  CHECK(kube::log_tail(log, 80, 2048) == "one\ntwo\n\nend");
  CHECK(kube::log_tail(log + "\n", 2, 2048) == "\nend");
  CHECK(kube::log_tail(log, 80, 6) == "o\n\nend");
  CHECK(kube::log_tail("no log\nat all", 80, 2048) == "");
  CHECK(kube::log_tail("", 80, 2048) == "");
}

TEST_CASE("termination messages: a pod's containers share 12 KiB") {
  char folder[] = "/tmp/nacelle-message-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string dir = folder, log = dir + "/0.log";
  kube::PodSpec spec;
  spec.containers.resize(2);
  spec.init_containers.resize(4);
  kube::Container& container = spec.containers[0];
  container.termination_message_policy = "File";
  REQUIRE(replace_file(log, "2016-10-06T00:17:09Z stdout F why\n"));
  REQUIRE(replace_file(dir + "/termination-log", ""));
  CHECK(kube::termination_message(spec, container, dir, log, 1) == "");
  container.termination_message_policy = "FallbackToLogsOnError";
  CHECK(kube::termination_message(spec, container, dir, log, 1) == "why\n");
  CHECK(kube::termination_message(spec, container, dir, log, 0) == "");
  REQUIRE(replace_file(dir + "/termination-log", std::string(5000, 'x')));
  CHECK(kube::termination_message(spec, container, dir, log, 1) == std::string(2048, 'x'));
  spec.init_containers.clear();
  CHECK(kube::termination_message(spec, container, dir, log, 1).size() == 4096);
  REQUIRE(remove_tree(dir));
}
