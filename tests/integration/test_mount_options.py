"""Options of mounts: each is seen in what the kernel says of the mount, or in what can be done on it."""

import os

from harness import contains, equal, excludes, matches, run, sh, shows, test, that
from harness.bundle import Container, bind, mount, mount_on_host, mounts_in

# attribute -> its opposite, as mountinfo has the first
PAIRS = {"ro": "rw", "nosuid": "suid", "nodev": "dev", "noexec": "exec", "nodiratime": "diratime", "nosymfollow": "symfollow"}


def host_mount(box, *options):
    """A tmpfs of the host with these options, with another one below it."""
    host = box.folder / "-".join(["host", *options])
    host.mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", host)
    (host / "below").mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", host / "below")
    for place in host / "below", host:
        sh("mount", "-o", ",".join(["remount", "bind", *options]), place).ok()
    return host


def options_of(entries, place):
    """The options in a mountinfo that say something: "rw" and "relatime" are what there is without any."""
    return [option for option in entries[place]["options"] if option not in ("rw", "relatime")]


@shows("mounts[].options.{ro,nosuid,nodev,noexec,noatime,nodiratime,relatime,strictatime,nosymfollow,rw,exec}")
@test("every attribute of a mount: ro nosuid nodev noexec noatime nodiratime relatime strictatime nosymfollow")
def attributes():
    options = {"ro": ["ro"], "nosuid": ["nosuid"], "nodev": ["nodev"], "noexec": ["noexec"], "noatime": ["noatime"],
               "nodiratime": ["nodiratime"], "nosymfollow": ["nosymfollow"], "relatime": ["relatime"],
               "many": ["ro", "nosuid", "nodev", "noexec", "noatime"]}
    box = Container()
    for name, asked in options.items():
        box.config["mounts"].append(mount(f"/t/{name}", "tmpfs", "tmpfs", *asked))
        box.config["mounts"].append(bind(box.rootfs, f"/b/{name}", *asked))
    box.config["mounts"].append(mount("/t/last-wins", "tmpfs", "tmpfs", "ro", "noexec", "rw", "exec"))
    box.config["mounts"].append(mount("/t/strictatime", "tmpfs", "tmpfs", "strictatime"))
    box.write()
    seen = mounts_in(box)
    for name, asked in options.items():
        for place in "/t/", "/b/":
            for option in asked:
                contains(seen[place + name]["options"], option, place + name)
    equal(seen["/t/last-wins"]["options"], ["rw", "relatime"])
    equal(seen["/t/strictatime"]["options"], ["rw"])


@test("a bind mount takes over the attributes that the options do not name")
def inherited_attributes():
    box = Container()
    host = box.folder / "host"
    host.mkdir()
    mount_on_host("-t", "tmpfs", "-o", "nosuid,noexec,noatime", "tmpfs", host)
    box.config["mounts"] += [bind(host, "/same"), bind(host, "/ro", "ro"), bind(host, "/exec", "exec")]
    box.write()
    seen = mounts_in(box)
    equal(seen["/same"]["options"], ["rw", "nosuid", "noexec", "noatime"])
    equal(seen["/ro"]["options"], ["ro", "nosuid", "noexec", "noatime"])
    equal(seen["/exec"]["options"], ["rw", "nosuid", "noatime"])


@shows("mounts[].options.{bind,rbind,ro,rro,rnosuid}")
@test("bind takes the mount alone, rbind those below, too; ro is for the first, rro for all")
def recursion():
    box = Container()
    host = host_mount(box)
    box.config["mounts"] += [mount("/bind", "bind", str(host), "bind"), mount("/rbind", "bind", str(host), "rbind"),
                             mount("/ro", "bind", str(host), "rbind", "ro"),
                             mount("/rro", "bind", str(host), "rbind", "rro", "rnosuid")]
    box.write()
    seen = mounts_in(box)
    excludes(seen, "/bind/below")
    equal(seen["/rbind/below"]["options"], ["rw", "relatime"])
    equal((seen["/ro"]["options"][0], seen["/ro/below"]["options"][0]), ("ro", "rw"))
    for point in "/rro", "/rro/below":
        equal(seen[point]["options"], ["ro", "nosuid", "relatime"], point)


@shows("mounts[].options.{private,rprivate,slave,rslave,shared,rshared,unbindable,runbindable}")
@test("propagation of a mount: private, slave, shared and unbindable are seen in mountinfo")
def propagation():
    box = Container()
    host = box.folder / "host"
    host.mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", host)
    sh("mount", "--make-shared", host).ok()
    modes = ("private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable")
    box.config["mounts"] += [bind(host, f"/m/{mode}", mode) for mode in modes]
    box.config["linux"]["rootfsPropagation"] = "shared"
    box.write()
    tags = {point[3:]: [tag.split(":")[0] for tag in seen["tags"]]
            for point, seen in mounts_in(box).items() if point.startswith("/m/")}
    for mode in modes:
        kind = mode.removeprefix("r")
        if kind == "shared":
            contains(tags[mode], "shared", mode)
        elif kind == "slave":
            equal(tags[mode], ["master"], mode)
        else:
            equal(tags[mode], ["unbindable"] if kind == "unbindable" else [], mode)


@shows("mounts[].options.{rw,suid,dev,exec,diratime,symfollow}")
@test("the opposite of every attribute takes it away from a bind of a mount that has it, and from that one alone")
def opposites():
    box = Container()
    host = host_mount(box, *PAIRS)
    box.config["mounts"] += [bind(host, f"/m/{opposite}", opposite) for opposite in PAIRS.values()]
    box.write()
    seen = mounts_in(box)
    for attribute, opposite in PAIRS.items():
        equal(set(options_of(seen, f"/m/{opposite}")), set(PAIRS) - {attribute}, opposite)
        equal(set(options_of(seen, f"/m/{opposite}/below")), set(PAIRS), f"{opposite} below")


@shows("mounts[].options.{rro,rnosuid,rnodev,rnoexec,rnodiratime,rnosymfollow,rrw,rsuid,rdev,rexec,rdiratime,rsymfollow}")
@test("every attribute and its opposite with an 'r' before it holds for the mounts below, too")
def recursive_attributes():
    box = Container()
    plain, full = host_mount(box), host_mount(box, *PAIRS)
    for attribute, opposite in PAIRS.items():
        box.config["mounts"] += [bind(plain, f"/m/{attribute}", f"r{attribute}"), bind(full, f"/m/{opposite}", f"r{opposite}")]
    box.write()
    seen = mounts_in(box)
    for attribute, opposite in PAIRS.items():
        for below in "", "/below":
            equal(options_of(seen, f"/m/{attribute}{below}"), [attribute])
            equal(set(options_of(seen, f"/m/{opposite}{below}")), set(PAIRS) - {attribute}, opposite + below)


@shows("mounts[].options.{atime,noatime,relatime,norelatime,strictatime,nostrictatime}",
       "mounts[].options.{ratime,rnoatime,rrelatime,rnorelatime,rstrictatime,rnostrictatime}")
@test("access times: each mode replaces the one that the source has; with an 'r' below it, too")
def access_times():
    box = Container()
    hosts = {mode: host_mount(box, mode) for mode in ("noatime", "strictatime")}
    for mode, source, kept in (("atime", "noatime", "relatime"), ("noatime", "strictatime", "noatime"),
                               ("relatime", "noatime", "relatime"), ("norelatime", "noatime", "relatime"),
                               ("strictatime", "noatime", ""), ("nostrictatime", "strictatime", "relatime")):
        box.config["mounts"] = box.config["mounts"][:7] + [bind(hosts[source], "/one", mode), bind(hosts[source], "/all", "r" + mode)]
        seen = mounts_in(box)
        for place in "/one", "/all", "/all/below":
            equal([option for option in seen[place]["options"] if "atime" in option], [kept] if kept else [], f"{mode} {place}")
        equal(seen["/one/below"]["options"], ["rw", "noatime"] if source == "noatime" else ["rw"], mode)


@shows("mounts[].options.{ro,noexec,nodev,nosymfollow,noatime,strictatime}")
@test("attributes forbid what they say: writing, running, opening devices, following links, noting the time of access")
def forbidden():
    tries = ("(echo x >$d/new) 2>/dev/null && echo write; $d/program 2>/dev/null; head -c 1 $d/zero >/dev/null 2>&1 && echo device; "
             "cat $d/link 2>/dev/null; before=$(stat -c %X $d/file); sleep 1.1; cat $d/file >/dev/null; "
             "[ $before = $(stat -c %X $d/file) ] || echo access")
    # The devices that a container may open are the cgroup's business: none is kept from this one.
    box = Container(f"for d in /all /none; do {tries}; done", linux={"resources": {}})
    folder = box.folder / "folder"
    folder.mkdir()
    (folder / "file").write_text("link\n")
    (folder / "link").symlink_to("file")
    (folder / "program").write_text("#!/bin/sh\necho run\n")
    (folder / "program").chmod(0o755)
    os.mknod(folder / "zero", 0o20666, os.makedev(1, 5))
    box.config["mounts"] += [bind(folder, "/all", "strictatime", "dev", "exec", "suid"),
                             bind(folder, "/none", "ro", "noexec", "nodev", "nosymfollow", "noatime")]
    box.write()
    equal(box.run().ok().lines(), ["write", "run", "device", "link", "access"])


@shows("mounts[].options.{sync,async,dirsync,lazytime,nolazytime,mand,nomand}")
@test("flags of the file system: sync, dirsync, lazytime and mand are set, and their opposites clear them again")
def super_flags():
    box = Container()
    for flag, opposite in (("sync", "async"), ("dirsync", None), ("lazytime", "nolazytime"), ("mand", "nomand")):
        box.config["mounts"].append(mount(f"/t/{flag}", "tmpfs", "tmpfs", flag))
        if opposite:
            box.config["mounts"].append(mount(f"/t/{opposite}", "tmpfs", "tmpfs", flag, opposite))
    seen = mounts_in(box)
    for flag, opposite in (("sync", "async"), ("dirsync", None), ("lazytime", "nolazytime"), ("mand", "nomand")):
        contains(seen[f"/t/{flag}"]["super"], flag)
        if opposite:
            excludes(seen[f"/t/{opposite}"]["super"], flag)


@shows("mounts[].options.{defaults,loud,silent,iversion,noiversion}")
@test("options without a visible effect are taken by every kind of file system, and leave the mount as it is without")
def no_effect():
    box = Container(mounts=[mount("/plain", "tmpfs", "tmpfs")])
    for kind in "tmpfs", "proc", "sysfs", "mqueue":
        for option in "defaults", "loud", "silent", "iversion", "noiversion":
            box.config["mounts"].append(mount(f"/of/{kind}/{option}", kind, kind, option))
    seen = mounts_in(box)
    for option in "defaults", "loud", "silent", "iversion", "noiversion":
        for kind in "proc", "sysfs", "mqueue":
            equal(seen[f"/of/{kind}/{option}"]["options"], ["rw", "relatime"], f"{kind} {option}")
        equal((seen[f"/of/tmpfs/{option}"]["options"], seen[f"/of/tmpfs/{option}"]["super"]),
              (seen["/plain"]["options"], seen["/plain"]["super"]), option)


@shows("mounts[].type", "mounts[].source", "mounts[].options")
@test("type and source reach the kernel, and so do options that only the file system knows; those it refuses are named")
def of_the_file_system():
    box = Container(mounts=[mount("/t", "tmpfs", "my-name", "size=3m", "huge=never", "noswap"), mount("/r", "ramfs", "other")])
    seen = mounts_in(box)
    equal((seen["/t"]["type"], seen["/t"]["source"], seen["/r"]["type"], seen["/r"]["source"]), ("tmpfs", "my-name", "ramfs", "other"))
    contains(seen["/t"]["super"], "size=3072k")
    contains(seen["/t"]["super"], "noswap")
    refused = Container(mounts=[mount("/t", "tmpfs", "tmpfs", "siez=3m")]).create().exits(1)
    matches(refused.err, r"mounts\[7\] '/t': option 'siez=3m': tmpfs: Unknown parameter 'siez'")


@shows("mounts[].options.remount")
@test("remount changes a mount that is there: its attributes, its propagation, the file system's options; the rest stays")
def remount():
    box = Container()
    host = host_mount(box, "nosuid")
    box.config["mounts"] += [
        bind(host, "/b"), mount("/b", "none", "none", "remount", "bind", "ro", "noexec"),
        bind(host, "/r"), mount("/r", "", "", "remount", "bind", "rro", "runbindable"),
        mount("/t", "tmpfs", "tmpfs", "size=1m", "sync", "nodev"), mount("/t", "tmpfs", "tmpfs", "remount", "size=2m", "async", "noexec"),
        mount("/sys", "sysfs", "sysfs", "remount", "rw"), mount("/", "", "", "remount", "nodev")]
    seen = mounts_in(box)
    equal(seen["/b"]["options"], ["ro", "nosuid", "noexec", "relatime"])
    equal(seen["/b/below"]["options"], ["rw", "nosuid", "relatime"])
    for place in "/r", "/r/below":
        equal((seen[place]["options"], seen[place]["tags"]), (["ro", "nosuid", "relatime"], ["unbindable"]), place)
    equal(seen["/t"]["options"], ["rw", "nodev", "noexec", "relatime"])
    contains(seen["/t"]["super"], "size=2048k")
    excludes(seen["/t"]["super"], "sync")
    equal(seen["/sys"]["options"][0], "rw")
    contains(seen["/"]["options"], "nodev")
    equal(sh("findmnt", "-no", "OPTIONS", host).ok().out.split(",")[:2], ["rw", "nosuid"], "the host's own mount")


@shows("mounts[].destination")
@test("a remount where nothing is mounted, or nothing is at all, is an error that says so, and makes nothing; so is a mount on the root")
def remount_of_nothing():
    refused = Container(mounts=[mount("/etc", "", "", "remount", "bind", "ro")]).create().exits(1)
    matches(refused.err, r"mounts\[7\] '/etc': mount_setattr: Invalid argument \(hint: a remount needs a mount that is there\)")
    refused = Container(mounts=[mount("/etc", "tmpfs", "", "remount", "size=1m")]).create().exits(1)
    matches(refused.err, r"mounts\[7\] '/etc': fspick: Invalid argument \(hint: a remount needs a mount that is there\)")
    box = Container(root={"readonly": False}, mounts=[mount("/nonesuch", "", "", "remount", "ro")])
    matches(box.create().exits(1).err, r"mounts\[7\] '/nonesuch': openat2: No such file or directory")
    that(not (box.rootfs / "nonesuch").exists(), "it was made")
    for place in "/", "/..", "//.":
        refused = Container(mounts=[mount(place, "tmpfs", "tmpfs")]).create().exits(1)
        matches(refused.err, rf"mounts\[7\] '{place}': destination: the root itself")
    refused = Container(mounts=[mount("/proc", "", "", "remount", "idmap=uids=0-0-1;gids=0-0-1")]).create().exits(1)
    matches(refused.err, r"mounts\[7\] '/proc': option 'idmap': ids can be mapped only when the mount is made")


run()
