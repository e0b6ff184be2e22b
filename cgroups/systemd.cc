#include "cgroups/systemd.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/log.h"
#include "base/socket.h"
#include "base/text.h"
#include "base/user.h"
#include "cgroups/dbus.h"
#include "cgroups/unit_properties.h"

namespace cgroups {
namespace {

using dbus::Call;
using dbus::Connection;
using dbus::Message;
using dbus::Writer;

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr int kJobMilliseconds = 30000;
constexpr int kStartAttempts = 25;
constexpr useconds_t kStartPause = 20000;

Call manager_call(std::string member, std::string signature, std::string body) {
  return {kService, kPath, kManager, std::move(member), std::move(signature), std::move(body)};
}

// Signals reach the connections of a bus only on demand; on its own socket systemd sends them to all.
Result<> subscribe(Connection& systemd) {
  if (!systemd.via_bus()) return {};
  Writer rule;
  rule.string(cat("type='signal',sender='", kService, "',interface='", kManager, "',member='JobRemoved'"));
  TRY(systemd.call(
      {"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule.bytes()}));
  TRY(systemd.call(manager_call("Subscribe", "", "")));
  return {};
}

// systemd's own socket where it may be used, which spares the way over the bus and works without one.
Result<Connection> connect_systemd() {
  const char* runtime = getenv("XDG_RUNTIME_DIR");
  bool root = !acts_for_user();
  std::string dir = root || !runtime ? "/run" : runtime;
  bool via_bus = false;
  auto socket = connect_local(cat(dir, "/systemd/private"));
  if (!socket) {
    via_bus = true;
    socket = connect_local(root ? "/run/dbus/system_bus_socket" : cat(dir, "/bus"));
  }
  if (!socket) {
    Error error = std::move(socket).error();
    error.hint = "the systemd cgroup manager needs a running systemd; the other one is cgroupfs";
    return std::unexpected(std::move(error));
  }
  Connection systemd = TRY(Connection::open(*std::move(socket), via_bus));
  TRY(subscribe(systemd));
  return systemd;
}

// JobRemoved(u id, o job, s unit, s result).
Result<> wait_job(Connection& systemd, const Message& answer) {
  auto job = dbus::strings_of(answer);
  if (job.empty()) return fail("systemd named no job");
  auto is_ours = [&](const Message& message) {
    if (message.member != "JobRemoved") return false;
    auto texts = dbus::strings_of(message);
    return texts.size() == 3 && texts[0] == job[0];
  };
  Message removed = TRY_IN("wait for systemd's job", systemd.wait_signal(is_ours, kJobMilliseconds));
  std::string result = dbus::strings_of(removed)[2];
  if (result != "done") return fail(cat("systemd's job ended as ", quoted(result)));
  return {};
}

std::string one_string(const std::string& text) {
  Writer out;
  out.string(text);
  return out.bytes();
}

Result<> stop(Connection& systemd, const std::string& scope) {
  Writer body;
  body.string(scope);
  body.string("replace");
  auto answer = systemd.call(manager_call("StopUnit", "ss", body.bytes()));
  if (!answer && answer.error().err == ENOENT) return {};
  return wait_job(systemd, TRY(std::move(answer)));
}

Properties scope_properties(const Location& location, pid_t pid, const std::vector<Write>& writes) {
  Properties properties = properties_of(writes);
  properties["Description"] = cat("Nacelle container ", location.scope);
  properties["Slice"] = location.slice;
  properties["Delegate"] = true;  // below the scope systemd leaves all to us
  properties["DefaultDependencies"] = false;
  properties["PIDs"] = std::vector<uint32_t>{static_cast<uint32_t>(pid)};
  properties["CollectMode"] = std::string("inactive-or-failed");  // forget it with its last process, however that ended
  for (const char* accounting : {"CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting"})
    properties[accounting] = true;
  return properties;
}

// systemd before 252 knows no weight 0 for cpu.idle, and refuses it: then it is left to the file alone.
bool is_idle(const Properties& properties) {
  auto weight = properties.find("CPUWeight");
  return weight != properties.end() && weight->second == PropertyValue(uint64_t{0});
}

Properties without_idle(Properties properties) {
  properties.erase("CPUWeight");
  return properties;
}

// StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) other units).
std::string start_body(const Location& location, const Properties& properties) {
  Writer body;
  body.string(location.scope);
  body.string("replace");
  write_properties(body, properties);
  body.array(8, [] {});
  return body.bytes();
}

// A scope of the same name that has just ended may still be known for a moment, or be kept as failed.
Result<Message> start_unit(Connection& systemd, const Location& location, const Properties& properties) {
  Call start = manager_call("StartTransientUnit", "ssa(sv)a(sa(sv))", start_body(location, properties));
  for (int attempt = 1;; ++attempt) {
    auto answer = systemd.call(start);
    if (answer || answer.error().err != EEXIST || attempt == kStartAttempts) return answer;
    (void)systemd.call(manager_call("ResetFailedUnit", "s", one_string(location.scope)));
    usleep(kStartPause);
  }
}

}  // namespace

Result<> start_scope(const Location& location, pid_t pid, const std::vector<Write>& writes) {
  Connection systemd = TRY(connect_systemd());
  Properties properties = scope_properties(location, pid, writes);
  auto started = start_unit(systemd, location, properties);
  if (!started && is_idle(properties)) started = start_unit(systemd, location, without_idle(properties));
  Message job = TRY(std::move(started));
  auto done = wait_job(systemd, job);
  if (!done) (void)stop(systemd, location.scope);
  return done;
}

Result<> set_scope_properties(const Location& location, const Properties& properties) {
  Connection systemd = TRY(connect_systemd());
  auto set = [&](const Properties& wanted) {
    // SetUnitProperties(s name, b only until the next boot, a(sv) properties)
    Writer body;
    body.string(location.scope);
    body.boolean(true);
    write_properties(body, wanted);
    return systemd.call(manager_call("SetUnitProperties", "sba(sv)", body.bytes()));
  };
  auto answer = set(properties);
  if (!answer && is_idle(properties)) answer = set(without_idle(properties));
  TRY_IN(cat("systemd scope ", quoted(location.scope)), std::move(answer));
  // The answer comes before the files are written, which systemd does before it looks at its next message.
  TRY(systemd.call({kService, kPath, "org.freedesktop.DBus.Peer", "Ping", "", ""}));
  return {};
}

Result<> stop_scope(const Location& location) {
  auto systemd = connect_systemd();
  if (!systemd) {
    // Without a systemd there is no scope either, and the cgroup has been removed.
    log_debug(cat("stop ", location.scope, ": ", systemd.error().text()));
    return {};
  }
  TRY_IN(cat("systemd scope ", quoted(location.scope)), stop(*systemd, location.scope));
  (void)systemd->call(manager_call("ResetFailedUnit", "s", one_string(location.scope)));
  return {};
}

}  // namespace cgroups
