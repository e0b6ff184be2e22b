"""process.apparmorProfile on a kernel with AppArmor."""

import pathlib

from harness import contains, defer, equal, eventually, matches, run, sh, shows, temp_dir, test
from harness.bundle import Container

SLEEP = "while :; do sleep 1; done"
PROFILE = """
profile nacelle-test flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  signal,
  deny /tmp/** w,
}
profile nacelle-other flags=(attach_disconnected) {
  file,
}
"""


def load_profiles():
    file = temp_dir() / "profiles"
    file.write_text(PROFILE)
    sh("apparmor_parser", "--replace", "--skip-cache", file).ok()
    defer(lambda: sh("apparmor_parser", "--remove", "--skip-cache", file).ok())


def label_of(pid):
    return pathlib.Path(f"/proc/{pid}/attr/current").read_text().strip("\n\0")


@shows("process.apparmorProfile")
@test("the program runs under the profile, from its first instruction, and the profile holds")
def profile():
    load_profiles()
    box = Container("touch /tmp/file && echo written; echo rest; " + SLEEP, process={"apparmorProfile": "nacelle-test"},
                    root={"readonly": False})
    output = box.folder / "out"
    pid = box.up(output=output)
    equal(label_of(pid), "nacelle-test (enforce)")
    said = box.exec("cat /proc/self/attr/current; touch /tmp/file")
    equal(said.out.strip("\n\0"), "nacelle-test (enforce)")
    contains(said.err, "Permission denied")
    equal(box.exec("cat", "/proc/self/attr/current", flags=["--apparmor", "nacelle-other"]).ok().out.strip("\n\0"),
          "nacelle-other (enforce)")
    eventually(lambda: equal(output.read_text(), "rest\n"))


@test("without a profile the program is unconfined, as its caller is")
def no_profile():
    equal(Container("cat /proc/self/attr/current").run().ok().out.strip("\n\0"), "unconfined")


@test("a profile that is not loaded is an error that names it, and leaves nothing")
def missing_profile():
    box = Container(process={"apparmorProfile": "nonesuch"})
    matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': process\.apparmorProfile.*'nonesuch'")
    equal(box.cgroups(), [])
    equal(box.states(), [])


run()
