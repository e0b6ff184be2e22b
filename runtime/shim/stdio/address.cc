#include "runtime/shim/stdio/address.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/path.h"
#include "base/text.h"

namespace shim {
namespace {

// RFC 3986, 2.1. Queries also write a space as '+' (WHATWG URL, 5.1). Empty for a broken escape and for a NUL byte,
// which neither paths nor arguments can hold.
std::optional<std::string> unescaped(std::string_view text, bool is_query) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    char byte = text[i];
    if (byte == '+' && is_query) byte = ' ';
    if (byte == '%') {
      const auto value = parse_number<uint8_t>(text.substr(i + 1, 2), 16);
      if (!value || i + 2 >= text.size()) return std::nullopt;
      byte = static_cast<char>(*value);
      i += 2;
    }
    if (byte == '\0') return std::nullopt;
    out += byte;
  }
  return out;
}

bool has_key(const Address& address, std::string_view key) {
  return std::ranges::any_of(address.query, [&](const auto& entry) { return entry.first == key; });
}

// As in containerd, of several values for a key the first counts.
Result<> parse_query(const std::string& text, std::string_view query, Address& address) {
  for (const auto& part : split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    auto key = unescaped(std::string_view(part).substr(0, equals), true);
    auto value = unescaped(std::string_view(part).substr(std::min(equals + 1, part.size())), true);
    if (!key || !value) return fail(cat(quoted(text), ": bad escape in the query"));
    if (!has_key(address, *key)) address.query.emplace_back(std::move(*key), std::move(*value));
  }
  return {};
}

Result<Address::Kind> kind_of(const std::string& text, std::string_view scheme) {
  if (scheme == "fifo") return Address::Kind::fifo;
  if (scheme == "file") return Address::Kind::file;
  if (scheme == "binary" || scheme == "binary-v2") return Address::Kind::logger;
  return fail(cat(quoted(text), ": unknown scheme"), "fifo://, file:// and binary:// are known");
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
  if (text.empty()) return Address{};
  if (text.find('\0') != std::string::npos) return fail(cat(quoted(text), ": a NUL byte"));
  const size_t colon = text.find("://");
  if (colon == std::string::npos || text.find('/') < colon) return Address{.kind = Address::Kind::path, .path = text};
  const auto scheme = std::string_view(text).substr(0, colon);
  Address address;
  address.kind = TRY(kind_of(text, scheme));
  address.must_report_ready = scheme == "binary-v2";
  const auto rest = std::string_view(text).substr(colon + 3);
  const size_t mark = std::min(rest.find('?'), rest.size());
  auto path = unescaped(rest.substr(0, mark), false);
  if (!path) return fail(cat(quoted(text), ": bad escape in the path"));
  if (!path->starts_with('/')) return fail(cat(quoted(text), ": the path is not absolute"));
  address.path = std::move(*path);
  if (mark < rest.size()) TRY(parse_query(text, rest.substr(mark + 1), address));
  return address;
}

Result<InputFifo> open_input(const Address& address) {
  if (address.kind != Address::Kind::path && address.kind != Address::Kind::fifo)
    return fail(cat(quoted(address.path), ": input comes from a fifo only"));
  InputFifo fifo;
  fifo.reader.reset(open(address.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fifo.reader.is_open()) return fail_errno(errno, cat("open ", quoted(address.path)));
  struct stat info;
  if (fstat(fifo.reader.get(), &info) < 0) return fail_errno(errno, cat("stat ", quoted(address.path)));
  if (!S_ISFIFO(info.st_mode)) return fail(cat(quoted(address.path), ": not a fifo"));
  fifo.writer.reset(open(address.path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fifo.writer.is_open()) return fail_errno(errno, cat("open ", quoted(address.path), " for writing"));
  return fifo;
}

Result<Fd> open_output(const Address& address) {
  const std::string path = address.kind == Address::Kind::none ? "/dev/null" : address.path;
  int flags = O_RDWR | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  if (address.kind == Address::Kind::file) {
    TRY(make_directories(path.substr(0, std::max<size_t>(path.rfind('/'), 1))));
    flags |= O_CREAT;
  }
  Fd fd(open(path.c_str(), flags, 0644));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  struct stat info;
  if (fstat(fd.get(), &info) < 0) return fail_errno(errno, cat("stat ", quoted(path)));
  if (S_ISFIFO(info.st_mode)) return fd;
  if (address.kind == Address::Kind::fifo) return fail(cat(quoted(path), ": not a fifo"));
  if (!S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode)) return fail(cat(quoted(path), ": neither a fifo nor a file"));
  return fd;
}

}  // namespace shim
