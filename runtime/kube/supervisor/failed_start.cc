// What a ContainerWorker does when a start has not come about: it says why, and tries again later.
#include "runtime/kube/supervisor/container_worker.h"
#include "runtime/kube/supervisor/wording.h"

namespace kube {

void ContainerWorker::on_failed(const StartFailure& failure) {
  using Step = StartFailure::Step;
  switch (failure.step) {
    case Step::image_missing: return on_image_missing(failure);
    case Step::config:
    case Step::create:
      say(failed_event(container(), failure.message));
      set_waiting(failure.step == Step::config ? "CreateContainerConfigError" : "CreateContainerError",
                  failure.message);
      return wait(Backoff::kFirst, &ContainerWorker::start);
    case Step::start: break;
  }
  say(pulled_event(container()));
  say(created_event(container()));
  say(failed_event(container(), failure.message));
  status().restart_count = attempts_++;
  const Time at = now();
  set_terminated({.exit_code = kStartErrorCode,
                  .reason = "StartError",
                  .message = failure.message,
                  .started_at = at,
                  .finished_at = at});
}

void ContainerWorker::on_image_missing(const StartFailure& failure) {
  const bool never = failure.pull_policy == "Never";
  missing_image_ = failure.image;
  if (never) {
    say(image_never_event(container(), missing_image_));
    say(failed_event(container(), "ErrImageNeverPull"));
    set_waiting("ErrImageNeverPull", image_never_message(missing_image_));
  } else {
    say(pull_failed_event(container(), missing_image_, failure.message));
    say(failed_event(container(), "ErrImagePull"));
    set_waiting("ErrImagePull", failure.message);
  }
  const int64_t at = monotonic_ms();
  pulls_.step(at, at);
  wait(never ? Backoff::kFirst : PodState::kSyncPeriod,
       never ? &ContainerWorker::start : &ContainerWorker::retry_image);
}

void ContainerWorker::retry_image() {
  say(pull_backoff_event(container(), missing_image_));
  say(failed_event(container(), "ImagePullBackOff"));
  set_waiting("ImagePullBackOff", pull_backoff_message(missing_image_));
  wait(pulls_.delay(monotonic_ms()), &ContainerWorker::start);
}

}  // namespace kube
