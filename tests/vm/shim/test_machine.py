"""Which containerds the shim is tested with."""

from harness import equal, run, sh, test, that
from harness.containerd import engines


@test("the machine has containerd 1.6, 1.7 and 2.x, each with a shim, runc and crun of its own release that start", timeout=120)
def versions():
    equal([engine.version[:2] for engine in engines()][:2], [(1, 6), (1, 7)])
    that(engines()[2].version >= (2, 1), f"the newest is {engines()[-1]}")
    for engine in engines():
        print("#", ".".join(map(str, engine.version)), "of", engine.root)
        for program, flag in (("containerd-shim-runc-v2", "-v"), ("runc", "--version"), ("crun", "--version")):
            said = sh(program, flag, env={"PATH": engine.path()}, timeout=60).ok().lines()
            print("#   ", program, " ".join(" ".join(said[:2]).split()))


run()
