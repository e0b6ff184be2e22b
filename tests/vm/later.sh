# shellcheck shell=sh disable=SC2154,SC2034 # sourced by ./dev, which sets $repo, $cache and $scratch, and uses $vm_…
# Newer engines and runtimes for the test machine, from later Debian suites than its own: in it they are below /opt/debian.

# Sets vm_later_tree: containerd, runc and crun of trixie and sid, each in a folder named after its suite. Kept and locked like
# the machine's tree, but apart from it: neither is built anew because of the other.
vm_later() {
    vm_later_tree=$cache/later-$(sha256sum "$repo/tests/vm/later.sh" | cut -c1-12)
    if [ ! -e "$vm_later_tree.complete" ]; then
        exec 8>"$cache/root.lock"
        flock 8
        [ -e "$vm_later_tree.complete" ] || vm_build_later
        exec 8>&-
    fi
    touch "$vm_later_tree.complete"
    exec 6<"$vm_later_tree.complete"
    flock -s 6
}

vm_build_later() {
    [ -n "$(vm_sources)" ] || update_package_lists
    vm_remove_old_trees
    step "unpacking newer engines for the test machine into $vm_later_tree (once, about a minute)"
    vm_apt_options >"$scratch/apt.conf"
    mkdir "$vm_later_tree"
    mirror=$(vm_sources | awk '$3 == "bookworm" { print $2; exit }')
    for suite in trixie sid; do
        # Nothing is installed: only files of these packages, and of those that they depend on, are laid out.
        mmdebstrap --mode=root --variant=extract --include=containerd,runc,crun --aptopt="$scratch/apt.conf" \
            --dpkgopt='path-exclude=/usr/share/*' --dpkgopt='path-exclude=/usr/lib/*/gconv/*' \
            "$suite" "$vm_later_tree/$suite" "deb $mirror $suite main" >"$cache/later.log" 2>&1 || {
            tail -n 15 "$cache/later.log" >&2
            die "fetching newer engines from Debian $suite failed" "the whole log is $cache/later.log"
        }
        vm_own_libraries "$suite"
    done
    : >"$vm_later_tree.complete"
}

# vm_own_libraries SUITE: has the programs use the libraries of their own suite, however they are started: runtimes and shims
# execute themselves by /proc/self/exe, so a wrapper would not do.
vm_own_libraries() {
    libraries=usr/lib/x86_64-linux-gnu
    for program in usr/bin/containerd usr/bin/containerd-shim-runc-v2 usr/bin/ctr usr/bin/crun usr/sbin/runc; do
        patchelf --set-interpreter "/opt/debian/$1/$libraries/ld-linux-x86-64.so.2" \
            --force-rpath --set-rpath "/opt/debian/$1/$libraries" "$vm_later_tree/$1/$program" ||
            die "patchelf could not change $vm_later_tree/$1/$program"
    done
}
