# shellcheck shell=sh disable=SC2154,SC2034
# Sourced by ./dev, which sets $repo, $build, $cache and $scratch, and at its end kills $vm_pid.
#
# Boots the test machine and runs one command, or a shell, in it.

# vm_boot SELINUX INIT [COMMAND...]: SELINUX is yes or no, INIT small or systemd. Gives back the command's exit code; 125 when
# the machine failed, 124 when it took longer than VM_TIMEOUT seconds.
vm_boot() {
    vm_check_paths
    vm_selinux=$1
    vm_init=$2
    shift 2
    vm_results=${VM_RESULTS:-$build/vm-results}
    control=$(mktemp -d "$scratch/control.XXXXXX") # two machines may run
    mkdir -p "$vm_results"
    vm_settings "$@"
    vm_qemu_status=0
    if [ $# -gt 0 ]; then
        # In the background, because a shell heeds its signals only when it is not waiting for a program in the foreground.
        # An input that never ends, because at its end qemu would close the port for output, too.
        mkfifo "$control/input"
        vm_qemu "${VM_TIMEOUT:-900}" <>"$control/input" &
        vm_pid=$!
        wait "$vm_pid" || vm_qemu_status=$?
        vm_pid=
    else
        [ -t 0 ] || die "a shell needs a terminal" "give a command: ./dev vm COMMAND"
        echo "a shell in the test machine; results to keep go to /results; leave with 'exit'" >&2
        vm_terminal=$(stty -g)
        (vm_qemu 0) || vm_qemu_status=$?
        stty "$vm_terminal"
    fi
    vm_report
    return "$vm_status"
}

# These paths become words of qemu's options and of mount's.
vm_check_paths() {
    case $repo$build$cache in
    *[!A-Za-z0-9/._+@~-]*) die "the test machine cannot share paths with blanks or special characters: $repo, $build, $cache" ;;
    esac
}

# Writes what the machine has to know into the control share.
vm_settings() {
    vm_build_shared=yes
    case $build/ in "$repo"/*) vm_build_shared=no ;; esac
    {
        echo "REPO='$repo' BUILD_SHARED=$vm_build_shared NACELLE_BUILD='$build' INIT=$vm_init"
        if [ -t 0 ]; then
            stty size | sed 's/\(.*\) \(.*\)/TTY_ROWS=\1 TTY_COLUMNS=\2/'
        fi
    } >"$control/settings"
    {
        echo "export HOME=/root LANG=C.UTF-8 TERM='${TERM:-dumb}' NACELLE_BUILD='$build' NACELLE_VM=$vm_init"
        programs=$build/runtime/cli:$build/runtime/kube:$build/runtime/shim:$build/sandbox/pause
        echo "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$programs PYTHONDONTWRITEBYTECODE=1"
    } >"$control/environment"
    for word in "$@"; do
        printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
    done >"$control/command"
}

# vm_qemu TIMEOUT: becomes qemu; 0 is no timeout.
vm_qemu() {
    vm_kernel_options="console=ttyS0 quiet panic=-1 mitigations=off systemd.getty_auto=no systemd.show_status=no"
    # A busy host is late with timer interrupts: the kernel must not take that for a broken machine.
    vm_kernel_options="$vm_kernel_options no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1"
    # Emulated, a program is slow at addresses where it has not been translated before, and so is what clears and checks memory.
    vm_kernel_options="$vm_kernel_options norandmaps init_on_alloc=0 hardened_usercopy=off"
    # The second processor waits until a test asks for it (tests/harness/processors.py).
    vm_kernel_options="$vm_kernel_options maxcpus=1"
    if [ "$vm_selinux" = yes ]; then
        vm_kernel_options="$vm_kernel_options lsm=lockdown,capability,landlock,yama,selinux,bpf selinux=1 enforcing=0"
    fi
    vm_port=virtserialport,chardev=port,name=output
    vm_signals=on
    if [ ! -s "$control/command" ]; then
        vm_port=virtconsole,chardev=port
        vm_signals=off
    fi
    vm_share_build=
    [ "$vm_build_shared" = no ] || vm_share_build=$(vm_share build "$build" ,readonly=on)
    # The machine dies with this script, however the script dies.
    # shellcheck disable=SC2046,SC2086 # vm_share gives two words, its paths have no blanks
    exec setpriv --pdeathsig KILL timeout --foreground -k 5 "$1" setpriv --pdeathsig KILL \
        qemu-system-x86_64 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 4G \
        -nodefaults -no-user-config -display none -no-reboot -serial "file:$control/console" \
        -kernel "$vm_kernel" -initrd "$vm_initramfs" -append "$vm_kernel_options" \
        -device virtio-serial-pci -chardev "stdio,id=port,signal=$vm_signals" -device "$vm_port" \
        -drive "file=$vm_disk,format=raw,if=virtio,readonly=on" $(vm_share later "$vm_later_tree" ,readonly=on) \
        $(vm_share control "$control") $(vm_share results "$vm_results") \
        $(vm_share repo "$repo" ,readonly=on) $vm_share_build
}

vm_share() { # vm_share TAG PATH [OPTIONS]
    echo "-fsdev local,id=$1,path=$2,security_model=none,multidevs=remap${3-}" "-device virtio-9p-pci,fsdev=$1,mount_tag=$1"
}

# Sets vm_status to the exit code, and tells what went wrong with the machine.
vm_report() {
    vm_status=125
    if [ -s "$control/exit-code" ]; then
        vm_status=$(cat "$control/exit-code")
    elif [ "$vm_qemu_status" = 124 ] || [ "$vm_qemu_status" = 137 ]; then
        vm_status=124
        if [ -e "$control/started" ]; then
            warn "the command was stopped after ${VM_TIMEOUT:-900} seconds" "set VM_TIMEOUT to more seconds"
        else
            vm_show_console
            warn "the test machine did not come up in ${VM_TIMEOUT:-900} seconds"
        fi
    else
        vm_show_console
        warn "the test machine stopped before the command had ended (qemu's exit code: $vm_qemu_status)"
    fi
}

vm_show_console() {
    [ ! -s "$control/console" ] || sed 's/^/  console: /' "$control/console" | tail -n 40 >&2
}
