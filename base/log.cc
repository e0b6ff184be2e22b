#include "base/log.h"

#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

namespace {

void to_stderr(std::string_view level, std::string_view message) {
  (void)write_all(STDERR_FILENO, cat("nacelle: ", level, ": ", message, "\n"));
}

LogSink sink_ = to_stderr;
bool debug_ = false;

}  // namespace

void set_log_sink(LogSink sink) {
  sink_ = sink ? sink : to_stderr;
}

void set_debug(bool on) {
  debug_ = on;
}

bool is_debug() {
  return debug_;
}

void log_debug(std::string_view message) {
  if (debug_) sink_("debug", message);
}

void log_warning(std::string_view message) {
  sink_("warning", message);
}
