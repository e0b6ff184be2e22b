"""The SELinux test machine is what the other tests take it for."""

import pathlib

from harness import contains, equal, run, sh, test


@test("SELinux is on with a policy, and permissive")
def selinux():
    equal(sh("getenforce").ok().out, "Permissive\n")
    contains(pathlib.Path("/proc/self/attr/current").read_text(), "_r:")


run()
