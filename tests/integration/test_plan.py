"""--dry-run: the plan is printed, and nothing is made."""

from harness import contains, equal, matches, run, test, that
from harness.bundle import Container, mount


@test("create --dry-run and run --dry-run print every step with the field that it comes from, and make nothing")
def dry_run():
    box = Container(["sh", "-c", "exit 3"], hostname="web-0", mounts=[mount("/data", "tmpfs", "tmpfs", "size=1m", "ro")],
                    process={"cwd": "/tmp"})
    for verb in "create", "run":
        said = box.call(verb, "--dry-run", "--bundle", box.bundle, box.id).ok()
        equal(said.err, "")
        lines = said.lines()
        for number, line in enumerate(lines):
            that(line.startswith(f"{number}\t") and "\t# " in line, line)
        contains(said.out, "hostname 'web-0'\t# hostname 'web-0'")
        contains(said.out, "fs_set 'size' '1m'")
        contains(said.out, "# mounts[7] '/data'")
        contains(said.out, "# process.cwd '/tmp'")
        matches(lines[-1], r"^\d+\texec 'sh' '-c' 'exit 3'\t# exec 'sh'$")
        that(not box.state_root.exists(), "a state was made")
        equal(box.cgroups(), [])


@test("the same config gives the same plan")
def deterministic():
    box = Container()
    plans = {box.call("create", "--dry-run", "--bundle", box.bundle, box.id).ok().out for _ in range(3)}
    equal(len(plans), 1)


@test("--dry-run refuses what create would refuse before it makes anything")
def refused():
    box = Container(mounts=[mount("/data", "", "none")])
    contains(box.call("create", "--dry-run", "--bundle", box.bundle, box.id).exits(1).err, "mounts[7] '/data': type: missing")


@test("--config reads another file than the bundle's config.json")
def other_config():
    box = Container("echo other")
    (box.bundle / "config.json").rename(box.folder / "other.json")
    equal(box.run("--config", box.folder / "other.json").ok().out, "other\n")


run()
