// The main of every unit-test executable: runs the doctest cases and prints one TAP line for each.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

namespace {

// TAP version 13: "ok N - suite: case", then the plan. Failed assertions go before their line as comments.
class TapReporter : public doctest::IReporter {
 public:
  explicit TapReporter(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override { printf("1..%d\n", count_); }
  void test_case_start(const doctest::TestCaseData& in) override { name_ = in.m_name; }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    printf("%s %d - %s\n", stats.testCaseSuccess ? "ok" : "not ok", ++count_, name_);
    fflush(stdout);
  }
  void test_case_exception(const doctest::TestCaseException& e) override { printf("# %s\n", e.error_string.c_str()); }
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& in) override {
    if (!in.m_failed) return;
    printf("# %s:%d: %s(%s): %s\n", in.m_file, in.m_line, doctest::assertString(in.m_at), in.m_expr,
           in.m_decomp.c_str());
  }
  void log_message(const doctest::MessageData& in) override { printf("# %s\n", in.m_string.c_str()); }
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  int count_ = 0;
  const char* name_ = "";
};

REGISTER_LISTENER("tap", 1, TapReporter);

}  // namespace

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  context.setOption("no-version", true);
  context.setOption("no-intro", true);
  context.setOption("minimal", true);  // the console reporter keeps quiet; the TAP lines say it
  context.setOption("reporters", "none");
  return context.run();
}
