#!/bin/sh
# Runs pod manifests from beginning to end and shows what becomes of them: demo.sh [MANIFEST...] (default: pod.yaml beside
# this script). Builds local images, applies, waits, shows what the kernel enforces, deletes, and looks for leftovers.
# Exits with 0 only when everything was as the manifests ask.
#
# Takes the programs of $NACELLE_BUILD (default: build/ in the repository), else those in PATH. Needs root.
set -eu

examples=$(cd "$(dirname "$0")" && pwd -P)
repo=$(dirname "$examples")
build=${NACELLE_BUILD:-$repo/build}
export PATH="$build/runtime/cli:$build/runtime/kube:$PATH" PYTHONDONTWRITEBYTECODE=1

# A place of its own for pods, images and logs, so that nothing else on this machine is touched.
place=$(mktemp -d /var/tmp/nacelle-demo.XXXXXX)
export NACELLE_KUBE_ROOT="$place"
failures=0

say() {
    printf '\n== %s\n' "$*"
}

run() { # shows the command, runs it
    printf '$ nacelle kube %s\n' "$*"
    nacelle kube "$@"
}

fail() {
    echo "demo: $*" >&2
    failures=$((failures + 1))
}

clean_up() {
    nacelle-kube get namespaces 2>/dev/null | sed '1d;s/ .*//' | while read -r namespace; do
        nacelle-kube delete pod --all --force -n "$namespace" >/dev/null 2>&1 || :
    done
    rm -rf "$place"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# The images that the manifests name: busybox and stress from this machine's own programs, the CPU burner where it was built.
build_images() {
    burner=$build/tests/images/burn
    if [ -x "$burner" ]; then set -- --burn "$burner"; else set --; fi
    python3 "$repo/tests/images/build.py" "$@" "$place/archives" >/dev/null
    for archive in "$place"/archives/*.tar; do
        nacelle-kube image import "$archive" >/dev/null
    done
    run image ls
}

await() { # await NAMESPACE POD: ready, or run to its end, or killed as its limits ask
    if nacelle-kube wait --for=condition=Ready --timeout="${DEMO_TIMEOUT:-30s}" -n "$1" "pod/$2" 2>/dev/null; then
        return
    fi
    case $(nacelle-kube get pod "$2" -n "$1" -o json) in
    *'"phase": "Succeeded"'*) echo "pod/$2 has succeeded" ;;
    *OOMKilled*) echo "pod/$2 was killed for exceeding its memory limit" ;;
    *)
        nacelle-kube describe pod "$2" -n "$1" >&2
        fail "pod $2 did not become ready"
        ;;
    esac
}

show() { # show NAMESPACE POD
    say "pod $2: its logs"
    for container in $(nacelle-kube get pod "$2" -n "$1" -o json | "$examples/demo_check.py" containers); do
        echo "\$ nacelle kube logs --tail=5 $2 -c $container -n $1"
        nacelle-kube logs --tail=5 "$2" -c "$container" -n "$1" || :
    done
    say "pod $2: what the kernel enforces"
    nacelle-kube get pod "$2" -n "$1" -o json | "$examples/demo_check.py" enforced ||
        fail "pod $2: the kernel does not enforce what its manifest asks"
}

[ $# -gt 0 ] || set -- "$examples/pod.yaml"

say "images, built here"
build_images

say "apply"
for manifest in "$@"; do
    run apply -f "$manifest"
done
nacelle-kube get pods -A --no-headers | awk '{ print $1, $2 }' >"$place/list"
uids=$(nacelle-kube get pods -A -o json | "$examples/demo_check.py" uids)

say "wait"
while read -r namespace pod; do
    await "$namespace" "$pod"
done <"$place/list"
sleep 2 # so that there is something in the logs
run get pods -A -o wide

while read -r namespace pod; do
    show "$namespace" "$pod"
done <"$place/list"

say "delete"
while read -r namespace pod; do
    # Many a demo's program is PID 1 and deaf to SIGTERM; its own grace period may be half a minute.
    run delete pod "$pod" -n "$namespace" --grace-period=3
done <"$place/list"

say "what is left"
run get pods -A
# shellcheck disable=SC2086 # a list of words
if "$examples/demo_check.py" leftovers "$place" $uids; then
    echo "no process, cgroup, mount, file or log of the pods"
else
    fail "something is left"
fi

if [ "$failures" -gt 0 ]; then
    say "not everything was as asked: $failures failures"
    exit 1
fi
say "everything was as asked"
