# shellcheck shell=sh disable=SC2154 # sourced by ./dev
# The parts of `./dev test`, and how each is run.

test_parts="lint unit asan fuzz integration vm vm-shim vm-selinux vm-systemd"
# Run when they are named, or `all`: an engine takes five seconds for a call in the test machine, and a module of SELinux's
# policy some minutes; they do not fit into CI's time.
long_test_parts="vm-engines vm-shim-long vm-selinux-long vm-systemd-long"

run_tests() { # run_tests [PART...] [-k TEXT]
    parts=
    pattern=
    while [ $# -gt 0 ]; do
        case $1 in
        -k)
            [ $# -gt 1 ] || die "-k takes the text to look for"
            pattern=$2
            shift
            ;;
        *)
            case " $test_parts $long_test_parts all " in
            *" $1 "*) ;;
            *) die "no such part of the tests: '$1'" "all, or one of: $test_parts $long_test_parts" ;;
            esac
            if [ "$1" = all ]; then parts="$test_parts $long_test_parts"; else parts="$parts $1"; fi
            ;;
        esac
        shift
    done
    parts=${parts:-$test_parts}
    # In subshells, so that a failing step is reported like a failing test.
    (need_for_tests) || not_prepared
    if has_part 'vm*'; then
        # Waits for Debian's archive more than for a processor. The lane of the machine waits for it.
        (prepare_vm) &
        lanes=$!
    fi
    (with_lock build_release -Dtests=enabled) || not_prepared
    results=$scratch/results
    mkdir "$results" "$scratch/taken"
    # The test machine keeps one processor busy, and the tests of integration wait, mostly: they run beside what computes.
    for lane in compute wait machine; do
        run_lane "$lane" &
        lanes="$lanes $!"
    done
    for lane in $lanes; do
        wait "$lane" || echo "not run" >"$results/lane-$lane.status"
    done
    lanes=
    python3 "$repo/tests/harness/report.py" "$results"
}

not_prepared() {
    echo "FAILED: preparing the tests: see above"
    echo "0 passed, 1 failed"
    exit 1
}

run_lane() { # run_lane compute|wait|machine
    # Told to end, it ends behind the suite that is running, which cleans up; a machine ends at once.
    trap 'exit 143' TERM
    trap '[ -z "$vm_pid" ] || kill "$vm_pid" 2>/dev/null || :' EXIT
    for part in $parts; do
        case $part in
        vm*) [ "$1" != machine ] || ! take_part || run_part "$part" ;;
        integration) [ "$1" != wait ] || run_part "$part" ;;
        *) [ "$1" != compute ] || run_part "$part" ;;
        esac
    done
    # What computes ends first: then there is a processor for a second machine.
    [ "$1" = compute ] || return 0
    for part in $parts; do
        case $part in vm*) ! take_part || run_part "$part" ;; esac
    done
}

take_part() { # true for the first lane that asks
    mkdir "$scratch/taken/$part" 2>/dev/null
}

has_part() { # has_part PATTERN: whether one of the chosen parts matches
    for part in $parts; do
        # shellcheck disable=SC2254 # a pattern
        case $part in $1) return 0 ;; esac
    done
    return 1
}

need_for_tests() {
    need "$build_packages" "$test_packages"
    ! has_part lint || need "$lint_packages"
    ! has_part asan || need "$sanitize_packages"
    ! has_part integration || need_servers
    ! has_part fuzz || need "$sanitize_packages"
    ! has_part 'vm*' || need "$vm_host_packages"
}

# What pods of the tests run and talk through, none of it installed: nginx, redis and etcd, of which images are made, and CNI plugins.
need_servers() {
    # shellcheck disable=SC2046 # a list of words
    fetch_debs $(python3 "$repo/tests/images/build.py" --list-debs)
    unpack_peers containernetworking-plugins
}

# built_sanitized: builds, and when that fails writes down that the part was not run.
built_sanitized() {
    (with_lock build_sanitized) || {
        echo "not run" >"$results/$part.status"
        return 1
    }
}

run_part() {
    step "testing: $1"
    case $1 in
    lint) run_suites '' "$repo/tests" "$repo"/tests/lint/test_*.py ;;
    unit) run_suites '' "$build/tests" $(unit_tests "$build") ;;
    asan)
        built_sanitized || return 0
        export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        run_suites asan. "$build_asan/tests" $(unit_tests "$build_asan")
        ;;
    fuzz)
        built_sanitized || return 0
        export NACELLE_BUILD_ASAN="$build_asan"
        run_suites '' "$repo/tests" "$repo/tests/fuzz/test_fuzz.py"
        ;;
    integration) run_suites '' "$repo/tests" "$repo"/tests/integration/test_*.py ;;
    vm) run_suites_in_vm no small "$repo"/tests/vm/default/test_*.py ;;
    vm-shim) run_suites_in_vm no small "$repo"/tests/vm/shim/test_*.py ;;
    vm-selinux-long) run_suites_in_vm yes small "$repo"/tests/vm/selinux-long/test_*.py ;;
    vm-shim-long) run_suites_in_vm no small "$repo"/tests/vm/shim-long/test_*.py ;;
    vm-engines)
        run_suites_in_vm no small "$repo"/tests/vm/engines/test_*.py
        run_suites_in_vm no systemd "$repo"/tests/vm/engines-systemd/test_*.py
        ;;
    vm-systemd-long) run_suites_in_vm no systemd "$repo"/tests/vm/systemd-long/test_*.py ;;
    vm-selinux) run_suites_in_vm yes small "$repo"/tests/vm/selinux/test_*.py ;;
    vm-systemd) run_suites_in_vm no systemd "$repo"/tests/vm/systemd/test_*.py ;;
    esac
}

unit_tests() { # unit_tests BUILD-FOLDER
    find "$1/tests/unit" -type f -perm -u+x | sort
}

suites() {
    PYTHONPATH=$repo/tests NACELLE_BUILD=$build NACELLE_CACHE=$cache python3 "$repo/tests/harness/suites.py" --results "$results" "$@" >&2 ||
        echo "not run" >"$results/$part.status"
}

run_suites() { # run_suites PREFIX BASE SUITE...
    [ -e "${3-}" ] || return 0
    prefix=$1
    base=$2
    shift 2
    suites --prefix "$prefix" --base "$base" -k "$pattern" "$@"
}

# One boot runs all suites of its kind. They are announced first, so that a machine that does not come up is no silence.
run_suites_in_vm() { # run_suites_in_vm SELINUX INIT SUITE...
    [ -e "${3-}" ] || return 0
    selinux=$1
    init=$2
    shift 2
    suites --announce "$@"
    VM_RESULTS=$results
    prepare_vm
    boot_suites "$@"
    if [ "$machine" = 125 ]; then
        # Once seen under load: an oops in kernel code that another processor had just patched, probably qemu 7.2's emulation.
        step "the test machine crashed: booting it once more for the suites that did not end"
        boot_suites --unfinished "$@"
    fi
}

# boot_suites SUITE...: sets machine to the exit code of vm_boot.
boot_suites() {
    machine=0
    VM_TIMEOUT=${VM_TIMEOUT:-3600} # the engines take seconds for each call there
    vm_boot "$selinux" "$init" env "PYTHONPATH=$repo/tests" \
        python3 "$repo/tests/harness/suites.py" --results /results -k "$pattern" "$@" >&2 || machine=$?
}
