// The kinds of handlers, one each. Called by run_handler() alone; parameters as there.
#pragma once

#include "runtime/kube/probes/attempt.h"

namespace kube {

std::unique_ptr<HandlerRun> run_exec(Loop& loop, const HandlerTarget& target, ExecAction action, int64_t timeout,
                                     HandlerDone done);
std::unique_ptr<HandlerRun> run_http(Loop& loop, const HandlerTarget& target, HttpGetAction action, int64_t timeout,
                                     HandlerDone done);
std::unique_ptr<HandlerRun> run_tcp(Loop& loop, const HandlerTarget& target, const TcpSocketAction& action,
                                    int64_t timeout, HandlerDone done);
std::unique_ptr<HandlerRun> run_grpc(Loop& loop, const HandlerTarget& target, const GrpcAction& action, int64_t timeout,
                                     HandlerDone done);

}  // namespace kube
