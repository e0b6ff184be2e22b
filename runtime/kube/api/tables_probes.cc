// The fields of probes, as of Kubernetes 1.36.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr std::array kProbe{
    field<&Probe::exec>("exec"),
    field<&Probe::http_get>("httpGet"),
    field<&Probe::tcp_socket>("tcpSocket"),
    field<&Probe::grpc>("grpc"),
    field<&Probe::initial_delay>("initialDelaySeconds"),
    field<&Probe::timeout>("timeoutSeconds"),
    field<&Probe::period>("periodSeconds"),
    field<&Probe::success_threshold>("successThreshold"),
    field<&Probe::failure_threshold>("failureThreshold"),
    field<&Probe::termination_grace_period>("terminationGracePeriodSeconds"),
};

constexpr std::array kGrpc{
    field<&GrpcAction::port>("port").shown(),
    field<&GrpcAction::service>("service").shown(),
};

}  // namespace

template <>
const std::span<const Field> Table<Probe>::fields = kProbe;
template <>
const std::span<const Field> Table<GrpcAction>::fields = kGrpc;

}  // namespace kube
