// The socket by which a supervisor is told things: one request a connection, and one answer.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/descriptor.h"
#include "base/result.h"
#include "runtime/kube/api/patch.h"

namespace kube {

// The socket `control` in the pod's folder. Paths of pods may be longer than a socket's address takes, so it is reached
// through the folder's descriptor.
Result<Fd> listen_control(const std::string& pod_dir);

// "delete 30": end the pod with so many seconds of grace.
struct DeleteRequest {
  int64_t grace = 0;
};

// "patch TYPE [resize]", a newline and the patch: change the pod.
struct PatchRequest {
  PatchType type = PatchType::strategic;
  bool is_resize = false;  // by that subresource
  std::string text;
};

// "attach NAME [stdin]": see attachments.h.
struct AttachRequest {
  std::string container;
  bool wants_input = false;
};

using Request = std::variant<DeleteRequest, PatchRequest, AttachRequest>;
std::string print_request(const Request& request);
std::optional<Request> parse_request(std::string_view text);

// What a patch is answered with, unless with an error.
constexpr std::string_view kChanged = "changed", kUnchanged = "unchanged";

// The longest: a pod has 256 KiB of annotations (checker.cc), and JSON may write each byte of them as two.
constexpr size_t kRequestLimit = 1 << 20;

// Sends the request to the pod's supervisor; its answer is to come from the socket. Errors as those of send_request.
Result<Fd> begin_request(const std::string& pod_dir, const Request& request);

// Sends the request to the pod's supervisor and waits for its answer. ENOENT or ECONNREFUSED when there is no
// supervisor.
Result<std::string> send_request(const std::string& pod_dir, const Request& request);

// Takes one connection of a listening socket, and answers its request, if it was one, with what `act` gives, unless
// that has taken the connection. Does not block for long: a client that says nothing is dropped.
void answer_request(int listening, const std::function<std::string(const Request&, Fd& connection)>& act);

}  // namespace kube
