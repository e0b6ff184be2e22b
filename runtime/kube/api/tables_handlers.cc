// The fields of what can be asked of a container, and of its life, as of Kubernetes 1.36.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr std::array kExec{
    field<&ExecAction::command>("command"),
};

constexpr std::array kHttpHeader{
    field<&HttpHeader::name>("name").shown(),
    field<&HttpHeader::value>("value").shown(),
};

constexpr std::array kHttpGet{
    field<&HttpGetAction::path>("path"),           field<&HttpGetAction::port>("port").shown(),
    field<&HttpGetAction::host>("host"),           field<&HttpGetAction::scheme>("scheme").one_of("HTTP|HTTPS"),
    field<&HttpGetAction::headers>("httpHeaders"),
};

constexpr std::array kTcpSocket{
    field<&TcpSocketAction::port>("port").shown(),
    field<&TcpSocketAction::host>("host"),
};

constexpr std::array kSleep{
    field<&SleepAction::seconds>("seconds").shown(),
};

constexpr std::array kLifecycleHandler{
    field<&LifecycleHandler::exec>("exec"),
    field<&LifecycleHandler::http_get>("httpGet"),
    field<&LifecycleHandler::tcp_socket>("tcpSocket"),
    field<&LifecycleHandler::sleep>("sleep"),
};

constexpr std::array kLifecycle{
    field<&Lifecycle::post_start>("postStart"),
    field<&Lifecycle::pre_stop>("preStop"),
    field<&Lifecycle::stop_signal>("stopSignal"),
};

}  // namespace

template <>
const std::span<const Field> Table<ExecAction>::fields = kExec;
template <>
const std::span<const Field> Table<HttpHeader>::fields = kHttpHeader;
template <>
const std::span<const Field> Table<HttpGetAction>::fields = kHttpGet;
template <>
const std::span<const Field> Table<TcpSocketAction>::fields = kTcpSocket;
template <>
const std::span<const Field> Table<SleepAction>::fields = kSleep;
template <>
const std::span<const Field> Table<LifecycleHandler>::fields = kLifecycleHandler;
template <>
const std::span<const Field> Table<Lifecycle>::fields = kLifecycle;

// A number, or a name.
Parsed<> decode_value(const Node& node, const std::string& path, PortReference& out) {
  if (node.kind == Node::Kind::integer) return decode_value(node, path, out.number);
  return decode_value(node, path, out.name);
}

bool encode_value(const PortReference& port, Node& out) {
  return port.name.empty() ? encode_value(port.number, out) : encode_value(port.name, out);
}

}  // namespace kube
