# shellcheck shell=sh disable=SC2154,SC2034 # sourced by ./dev, which sets $repo, $cache and $scratch, and uses $vm_…
# The test machine's Debian tree, its kernel and its initramfs, all kept in the cache folder.

vm_package_list() {
    sed -e 's/#.*//' -e '/^ *$/d' "$repo/tests/vm/packages"
}

# The Debian archives that the host itself uses: the tree is of the same release. Its kernel is in the archive of security updates
# alone, which is beside the main one when the host's apt does not know it.
vm_sources() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        grep -E ' bookworm(-updates|-security)? main$' | sort -u | vm_with_security
}

# Passes lines of archives on, and adds that of the security updates when it is missing.
vm_with_security() {
    awk '{ print }
        $3 == "bookworm" { security = $2 }
        $3 == "bookworm-security" { known = 1 }
        END {
            if (!security || known) exit
            if (!sub("/debian/", "/debian-security/", security)) security = "http://deb.debian.org/debian-security/"
            print "deb", security, "bookworm-security main"
        }'
}

# What the host's apt was told about proxies and clocks holds for the tree, too. Most hosts have told it nothing.
vm_apt_options() {
    apt-config dump | sed -n -E '/^Acquire::(https?::Proxy|Check-Date|Check-Valid-Until) "[^"]/p'
}

# Builds the tree, unless a complete one made from this package list is there. Sets vm_tree, and holds a shared lock on the tree
# until the script ends, so that nobody removes it meanwhile.
vm_root() {
    vm_tree=$cache/root-$({ vm_package_list; sed -n '/^vm_build_root/,/^}/p' "$repo/tests/vm/root.sh"; } | sha256sum | cut -c1-12)
    if [ ! -e "$vm_tree.complete" ]; then
        exec 8>"$cache/root.lock"
        flock 8
        [ -e "$vm_tree.complete" ] || vm_build_root
        exec 8>&-
    fi
    touch "$vm_tree.complete"
    exec 7<"$vm_tree.complete"
    flock -s 7
}

vm_build_root() {
    [ -n "$(vm_sources)" ] || update_package_lists
    [ -n "$(vm_sources)" ] || die "apt knows no Debian bookworm archive" "look at /etc/apt/sources.list, then run 'apt-get update'"
    vm_remove_old_trees
    step "building the test machine's Debian tree in $vm_tree (once, one to three minutes)"
    vm_apt_options >"$scratch/apt.conf"
    # The excluded kernel hook would build an initramfs that nobody boots.
    vm_sources | mmdebstrap --mode=root --variant=apt --include="$(vm_package_list | paste -sd,)" --aptopt="$scratch/apt.conf" \
        --dpkgopt='path-exclude=/etc/kernel/postinst.d/initramfs-tools' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm "$vm_tree" - >"$cache/root.log" 2>&1 || {
        tail -n 15 "$cache/root.log" >&2
        die "building the test machine's tree failed" "the whole log is $cache/root.log"
    }
    : >"$vm_tree.complete"
}

# vm_remove_old_trees [all]: interrupted builds go, and trees that nobody used for a week; all: these, too. A tree that a machine
# runs on stays.
vm_remove_old_trees() {
    for old_tree in "$cache"/root-*/ "$cache"/later-*/; do
        old_tree=${old_tree%/}
        if [ -e "$old_tree.complete" ]; then
            [ "${1-}" = all ] || [ -n "$(find "$old_tree.complete" -mtime +7)" ] || continue
            flock -n "$old_tree.complete" rm "$old_tree.complete" || continue
        fi
        rm -rf --one-file-system "$old_tree" "$old_tree".initramfs-* "$old_tree".disk*
    done
}

# Sets vm_disk: an image of the tree. A share of the folder would do, but to open a file of it takes 30 times as long.
vm_disk() {
    vm_disk=$vm_tree.disk
    [ ! -e "$vm_disk" ] || return 0
    exec 8>"$cache/root.lock"
    flock 8
    [ -e "$vm_disk" ] || vm_make_disk
    exec 8>&-
}

vm_make_disk() {
    step "making a disk of the test machine's tree"
    rm -f "$vm_disk.new"
    megabytes=$(du -sm "$vm_tree" | cut -f1)
    mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -i 8192 -d "$vm_tree" "$vm_disk.new" "$((megabytes * 5 / 4 + 64))M" ||
        die "could not make a disk of $vm_tree" "is there room in $cache?"
    mv "$vm_disk.new" "$vm_disk"
}

# Sets vm_kernel and vm_initramfs: the tree's newest kernel, and an initramfs for it, which may serve other checkouts, too.
vm_initramfs() {
    vm_release=$(find "$vm_tree/lib/modules" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
    vm_kernel=$vm_tree/boot/vmlinuz-$vm_release
    vm_initramfs=$vm_tree.initramfs-$(cat "$repo/tests/vm/init" "$repo/tests/vm/root.sh" | sha256sum | cut -c1-12)
    [ ! -e "$vm_initramfs" ] || return 0
    content=$(mktemp -d "$scratch/initramfs.XXXXXX") # two lanes may make it at once
    mkdir "$content/bin" "$content/dev" "$content/modules"
    cp "$vm_tree/bin/busybox" "$content/bin/busybox"
    cp "$repo/tests/vm/init" "$content/init"
    chmod 755 "$content/init"
    vm_copy_modules virtio_blk crc32c_generic ext4 9pnet_virtio 9p overlay
    (cd "$content" && find . | "$content/bin/busybox" cpio -o -H newc 2>/dev/null) >"$content.cpio"
    rm -r "$content"
    mv "$content.cpio" "$vm_initramfs"
}

# vm_copy_modules NAME...: copies the modules and what they depend on into $content/modules, uncompressed, and writes down the
# order to load them in.
vm_copy_modules() {
    modules=$vm_tree/lib/modules/$vm_release
    for name in "$@"; do
        # modules.dep lists what a module needs with the deepest dependency last.
        sed -n "s,:,,; \,/$name\.ko,{/^[^ ]*\/$name\.ko/p}" "$modules/modules.dep" | tr ' ' '\n' | tac
    done | awk 'NF && !seen[$0]++' | while read -r file; do
        object=$(basename "${file%.xz}")
        case $file in
        *.xz) "$content/bin/busybox" xzcat "$modules/$file" >"$content/modules/$object" ;;
        *) cp "$modules/$file" "$content/modules/$object" ;;
        esac
        echo "$object" >>"$content/modules/order"
    done
}
