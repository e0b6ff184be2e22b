#include "runtime/cli/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "runtime/oci/json_writer.h"
#include "runtime/oci/state.h"

namespace cli {
namespace {

// One program, one log: the sink of base/log.h is a plain function.
struct Log {
  Fd file;
  LogFormat format = LogFormat::kText;
  std::string held_back;
};
Log log_;

std::string format_line(std::string_view level, std::string_view message) {
  if (log_.format == LogFormat::kJson) {
    oci::JsonWriter json;
    json.open_object();
    json.member("level", level);
    json.member("msg", message);
    json.member("time", oci::timestamp());
    json.close_object();
    return json.text() + "\n";
  }
  std::string line = cat("time=\"", oci::timestamp(), "\" level=", level, " msg=");
  oci::append_json_string(line, message);
  return line + "\n";
}

void write_line(const std::string& line) {
  (void)write_all(log_.file.get(), line);  // nothing is left to tell it to
}

void to_log(std::string_view level, std::string_view message) {
  const std::string line = format_line(level, message);
  if (is_debug())
    write_line(line);
  else
    log_.held_back += line;
}

}  // namespace

Result<> open_log(const std::string& path, LogFormat format) {
  if (path.empty()) return {};
  log_ = Log{{}, format, {}};
  log_.file.reset(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644));
  if (!log_.file.is_open()) return fail_errno(errno, cat("log file ", quoted(path)));
  set_log_sink(to_log);
  return {};
}

void report_error(const Error& error) {
  (void)write_all(STDERR_FILENO, cat("nacelle: ", error.text(), "\n"));
  if (log_.file.is_open()) write_line(format_line("error", error.text()));
}

void end_log_well() {
  if (log_.file.is_open() && !log_.held_back.empty()) write_line(log_.held_back);
}

}  // namespace cli
