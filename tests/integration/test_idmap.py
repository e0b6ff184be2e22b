"""Mounts with mapped ids: whose files are seen as whose, and that nothing on the disk changes."""

import os

from harness import contains, equal, eventually, excludes, matches, run, sh, shows, test
from harness.bundle import NAMESPACES, Container, bind, mount, mount_on_host, namespaces

HOST = 100000  # the ids of the containers' user namespaces begin here


def mapping(container, host, size=1000):
    return [{"containerID": container, "hostID": host, "size": size}]


def user_namespace(**fields):
    """linux of a container with a user namespace of 65536 ids."""
    return {"namespaces": namespaces(*NAMESPACES, "user"), "uidMappings": mapping(0, HOST, 65536),
            "gidMappings": mapping(0, HOST, 65536), **fields}


def source(box):
    """A folder of the host whose files belong to root, to 5:6 and to the container's ids on the host; and /data for it."""
    (box.rootfs / "data").mkdir()
    folder = box.folder / "source"
    folder.mkdir()
    folder.chmod(0o777)
    for name, uid, gid in ("root", 0, 0), ("five", 5, 6), ("high", HOST + 7, HOST + 8):
        (folder / name).write_text(name)
        os.chown(folder / name, uid, gid)
    return folder


def owners(folder):
    return {path.name: (path.stat().st_uid, path.stat().st_gid) for path in folder.iterdir()}


OWNERS = "cd /data && stat -c '%n %u:%g' five high root"


@shows("mounts[].options.idmap")
@test("idmap: files of the host's ids are those of the same ids in the container's user namespace, both ways")
def container_maps():
    plain = Container(OWNERS, linux=user_namespace())
    plain.config["mounts"].append(bind(source(plain), "/data"))
    plain.write()
    equal(plain.run().ok().lines(), ["five 65534:65534", "high 7:8", "root 65534:65534"])
    box = Container(OWNERS + "; touch mine && chown 9:10 mine && stat -c '%u:%g' mine", linux=user_namespace(),
                    process={"capabilities": {name: ["CAP_CHOWN"] for name in ("bounding", "effective", "permitted")}})
    folder = source(box)
    before = owners(folder)
    box.config["mounts"].append(bind(folder, "/data", "idmap"))
    box.write()
    # The ids above 65536 have no name in the container.
    equal(box.run().ok().lines(), ["five 5:6", "high 65534:65534", "root 0:0", "9:10"])
    equal(owners(folder), {**before, "mine": (9, 10)}, "on the disk")


@shows("mounts[].options.idmap")
@test("idmap in a user namespace that is joined takes the maps of that one")
def joined_maps():
    first = Container("while :; do sleep 0.1; done", linux=user_namespace())
    pid = first.up()
    box = Container("stat -c %u:%g /data/five", linux={"namespaces": namespaces(*NAMESPACES, user=f"/proc/{pid}/ns/user")})
    box.config["mounts"].append(bind(source(box), "/data", "idmap"))
    box.write()
    equal(box.run().ok().out, "5:6\n")


@shows("mounts[].{uidMappings,gidMappings}[].{containerID,hostID,size}")
@test("uidMappings and gidMappings of a mount: with and without a user namespace, and without the option too")
def own_maps():
    for linux, seen in (({}, "1000:2000"), (user_namespace(uidMappings=mapping(0, 0, 65536), gidMappings=mapping(0, 0, 65536)), "1000:2000"),
                        (user_namespace(uidMappings=mapping(0, 1000, 65536), gidMappings=mapping(0, 2000, 65536)), "0:0")):
        for options in ("idmap",), ():
            box = Container("cd /data; stat -c '%n %u:%g' root; touch made && ls -n made | awk '{print $3 \":\" $4}'",
                            linux=linux, process={"user": {"uid": int(seen.split(":")[0]), "gid": int(seen.split(":")[1])}})
            folder = source(box)
            box.config["mounts"].append({**bind(folder, "/data", *options),
                                         "uidMappings": mapping(0, 1000, 65536), "gidMappings": mapping(0, 2000, 65536)})
            box.write()
            equal(box.run().ok().lines(), [f"root {seen}", seen])
            equal(owners(folder)["made"], (0, 0), "on the disk")


@shows("mounts[].options.idmap")
@test("idmap=uids=…;gids=…: maps in the option, and with '@' those relative to the container's ids")
def maps_in_option():
    box = Container(OWNERS)
    box.config["mounts"].append(bind(source(box), "/data", f"idmap=uids=0-70-1#5-80-1#{HOST}-0-10;gids=0-71-1#6-81-1#{HOST}-0-10"))
    box.write()
    equal(box.run().ok().lines(), ["five 80:81", "high 7:8", "root 70:71"])
    # Ids 0 to 9 of the disk are 20 to 29 of the container, whose ids lie in two pieces on the host.
    two = [*mapping(0, HOST, 25), *mapping(25, 200000, 1000)]
    box = Container(OWNERS, linux=user_namespace(uidMappings=two, gidMappings=two))
    folder = source(box)
    box.config["mounts"].append(bind(folder, "/data", "idmap=uids=@0-20-10;gids=@0-20-10"))
    box.write()
    equal(box.run().ok().lines(), ["five 25:26", "high 65534:65534", "root 20:20"])
    excludes(owners(folder).values(), (20, 20))


@shows("mounts[].options.ridmap")
@test("ridmap maps the mounts below, too; idmap the one alone")
def recursive():
    box = Container("stat -c '%n %u' /one/root /one/below/root /all/root /all/below/root")
    folder = source(box)
    (folder / "below").mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", folder / "below")
    (folder / "below/root").touch()
    maps = {"uidMappings": mapping(0, 1000), "gidMappings": mapping(0, 1000)}
    box.config["mounts"] += [{**bind(folder, "/one", "idmap"), **maps}, {**bind(folder, "/all", "ridmap"), **maps}]
    box.write()
    equal(box.run().ok().lines(), ["/one/root 1000", "/one/below/root 0", "/all/root 1000", "/all/below/root 1000"])


@shows("mounts[].options.idmap", "mounts[].{uidMappings,gidMappings}[].{containerID,hostID,size}")
@test("a file system of the container's own can have mapped ids, with and without a user namespace")
def not_a_bind():
    maps = {"uidMappings": mapping(0, 1000), "gidMappings": mapping(0, 2000)}
    box = Container("stat -c '%u:%g' /t", mounts=[{**mount("/t", "tmpfs", "tmpfs", "idmap"), **maps}])
    equal(box.run().ok().out, "1000:2000\n")
    box = Container("stat -c '%u:%g' /t", linux=user_namespace(),
                    mounts=[{**mount("/t", "tmpfs", "tmpfs", "idmap"), "uidMappings": mapping(0, HOST + 3),
                             "gidMappings": mapping(0, HOST + 4)}])
    (box.rootfs / "t").mkdir()
    equal(box.run().ok().out, "3:4\n")


@test("the other attributes hold on a mapped mount, and the source stays as it was")
def with_attributes():
    box = Container("grep ' /data ' /proc/self/mountinfo; touch /data/x 2>/dev/null || echo refused")
    folder = source(box)
    box.config["mounts"].append({**bind(folder, "/data", "ro", "nosuid", "nodev", "idmap"), "uidMappings": mapping(0, 1000),
                                 "gidMappings": mapping(0, 1000)})
    box.write()
    said = box.run().ok().lines()
    contains(said[0].split()[5], "ro,nosuid,nodev")
    contains(said[0].split()[5], "idmapped")
    equal(said[1], "refused")


@shows("mounts[].source")
@test("in a user namespace: a source below a folder that its root may not enter is mounted all the same, mapped and with attributes")
def closed_source():
    for command in "run", "create":
        box = Container("cat /data/file /mapped/file; stat -c %u /mapped/file; grep -c ' /data ro,nosuid.* master:' /proc/self/mountinfo; "
                        "touch /data/x || echo ro", linux=user_namespace())
        closed = box.folder / "closed"
        (closed / "data").mkdir(parents=True)
        (closed / "data/file").write_text("data\n")
        closed.chmod(0o700)
        for name in "data", "mapped":
            (box.rootfs / name).mkdir()
        mount_on_host("-t", "tmpfs", "tmpfs", box.folder / "closed/data")
        sh("mount", "--make-shared", closed / "data").ok()
        (closed / "data/file").write_text("data\n")
        box.config["mounts"] += [bind(closed / "data", "/data", "ro", "nosuid"), bind(closed / "data", "/mapped", "idmap")]
        box.write()
        if command == "run":
            said = box.run().ok().out
        else:
            box.create(output=box.folder / "out").ok()
            box.start().ok()
            eventually(lambda: "ro\n" in (box.folder / "out").read_text())
            said = (box.folder / "out").read_text()
        equal(said.splitlines(), ["data", "data", "0", "1", "ro"])
    refused = Container(linux=user_namespace(), mounts=[bind("/nonesuch", "/tmp")]).create().exits(1)
    matches(refused.err, r"mounts\[7\] '/tmp': open_tree '/nonesuch': No such file or directory")


@test("what cannot be mapped is an error that names the mount and the reason, and nothing is left")
def refused():
    maps = {"uidMappings": mapping(0, 1000), "gidMappings": mapping(0, 1000)}
    for entry, reason in (
            ({**mount("/p", "sysfs", "sysfs"), **maps}, r"file system 'sysfs' cannot be mounted with mapped ids \(hint: "),
            ({**bind("/proc", "/p"), **maps}, r"file system 'proc' cannot be mounted with mapped ids \(hint: "),
            (bind("/tmp", "/p", "idmap"), r"option 'idmap': needs maps, or a user namespace"),
            (bind("/tmp", "/p", "ridmap"), r"option 'idmap': needs maps, or a user namespace"),
            (bind("/tmp", "/p", "idmap="), r"option 'idmap=': the maps are missing"),
            (bind("/tmp", "/p", "idmap=uids=0-1-2"), r"option 'idmap': 'gids=' is missing"),
            (bind("/tmp", "/p", "idmap=uids=0-1;gids=0-1-1"), r"option 'idmap': '0-1' is not like '0-1000-10'"),
            (bind("/tmp", "/p", "idmap=uids=@0-1-2;gids=0-1-1"), r"option 'idmap': id 1 is not mapped in the container's"),
            (bind("/tmp", "/p", "idmap=uids=0-4294967295-2;gids=0-1-1"), r"option 'idmap': '0-4294967295-2' reaches beyond"),
            (bind("/tmp", "/p", "idmap=pids=0-1-2"), r"option 'idmap': 'pids=0-1-2' is neither"),
            ({**bind("/tmp", "/p", "idmap=uids=0-1-2;gids=0-1-2"), **maps}, r"uidMappings: not together with maps in the option")):
        box = Container(mounts=[entry])
        matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': mounts\[7\] '/p': {reason}")
        equal((box.states(), box.cgroups()), ([], []))
    box = Container(mounts=[{**bind("/tmp", "/p"), "uidMappings": mapping(0, 1000)}])
    matches(box.create().exits(1).err, r"mounts\[7\]\.gidMappings: missing: one mapping needs the other")


run()
