// The log, as podman and containerd read it.
#include "runtime/cli/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/file.h"
#include "base/log.h"
#include "runtime/oci/reader.h"

namespace {

// A log of its own for a test, and stderr out of the way.
class Logged {
 public:
  explicit Logged(cli::LogFormat format) : stderr_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100)) {
    close(mkstemp(path_));
    close(mkstemp(errors_));
    Fd errors(open(errors_, O_WRONLY | O_CLOEXEC));
    dup2(errors.get(), STDERR_FILENO);
    opened_ = cli::open_log(path_, format).has_value();
  }
  ~Logged() {
    restore();
    set_log_sink(nullptr);
    unlink(path_);
    unlink(errors_);
  }
  void restore() { dup2(stderr_.get(), STDERR_FILENO); }
  bool is_open() const { return opened_; }
  std::string text() const { return read_file(path_).value_or(""); }
  std::string errors() const { return read_file(errors_).value_or(""); }

 private:
  char path_[32] = "/tmp/report-test-XXXXXX", errors_[32] = "/tmp/report-test-XXXXXX";
  Fd stderr_;
  bool opened_ = false;
};

}  // namespace

TEST_CASE("report: after a failure the log is one JSON object with level, msg and an RFC 3339 time") {
  Logged log(cli::LogFormat::kJson);
  log_warning("a capability is left out");
  cli::report_error(Error{2, "create 'a\"b': open", "is it there?"});
  log.restore();
  REQUIRE(log.is_open());
  const std::string expected = "create 'a\"b': open: No such file or directory (hint: is it there?)";
  const auto document = oci::parse_document("log", log.text());
  REQUIRE_MESSAGE(document, log.text());
  CHECK(document->top().field("level").string() == "error");
  CHECK(document->top().field("msg").string() == expected);
  const std::string time = document->top().field("time").string().value_or("");
  REQUIRE(time.size() == 30);
  CHECK(time[10] == 'T');
  CHECK(time.back() == 'Z');
  CHECK(log.errors() == "nacelle: " + expected + "\n");
}

TEST_CASE("report: after a success the log has the warnings, and stderr has nothing") {
  Logged log(cli::LogFormat::kText);
  log_debug("not asked for");
  log_warning("odd \"name\"\n");
  CHECK(log.text().empty());
  cli::end_log_well();
  log.restore();
  CHECK(log.text().starts_with("time=\"2"));
  CHECK(log.text().ends_with("Z\" level=warning msg=\"odd \\\"name\\\"\\n\"\n"));
  CHECK(log.errors().empty());
}

TEST_CASE("report: with --debug everything is written at once") {
  Logged log(cli::LogFormat::kText);
  set_debug(true);
  log_debug("a step");
  set_debug(false);
  log.restore();
  CHECK(log.text().ends_with(" level=debug msg=\"a step\"\n"));
}

TEST_CASE("report: a log that cannot be opened is an error with its name") {
  const auto opened = cli::open_log("/nonesuch/log", cli::LogFormat::kJson);
  REQUIRE(!opened);
  CHECK(opened.error().text() == "log file '/nonesuch/log': No such file or directory");
}
