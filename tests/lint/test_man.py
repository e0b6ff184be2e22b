"""The man pages say what --help says, and all of it."""

import re

from harness import binary, equal, nacelle, repo, run, sh, test, that

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]


def commands():
    """Name and summary of each command, as --help lists them; kube has a page of its own kind."""
    listed = sh(nacelle(), "--help").ok().out.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split(maxsplit=1) for line in listed.splitlines() if line.split()[0] != "kube"]


def options_in_help(*command, program=None):
    """The options as lines of --help have them: "-b, --bundle DIR"."""
    lines = sh(program or nacelle(), *command, "--help").ok().out.splitlines()
    found = [re.match(r"  (?:(-\w), |    )(--[\w-]+)(?: ([A-Z][\w=:\[\]]*))?(?:  |$)", line) for line in lines]
    return sorted(f"{match[1] or ''} {match[2]} {match[3] or ''}" for match in found if match)


def options_in_page(page):
    """The same from ".It Fl b , Fl -bundle Ar DIR" in the section OPTIONS."""
    section = page.split(".Sh OPTIONS\n")[1].split("\n.Sh ")[0]
    found = re.findall(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (.*))?$", section, re.MULTILINE)
    return sorted(f"{'-' + letter if letter else ''} --{name} {value}" for letter, name, value in found)


def page_of(command):
    path = repo / "man" / f"nacelle-{command}.8"
    that(path.exists(), f"there is no man/{path.name}")
    return path.read_text()


@test("every command has a man page with all sections in their order")
def sections():
    for command, _ in commands():
        equal(re.findall(r"^\.Sh (.*)$", page_of(command), re.MULTILINE), SECTIONS, command)


@test("the pages list exactly the options of --help, with their letters and values")
def options():
    for command, _ in commands():
        equal(options_in_page(page_of(command)), options_in_help(command), command)
    equal(options_in_page((repo / "man/nacelle.8").read_text()), options_in_help(), "nacelle")


@test("the pages' summaries are those of --help")
def summaries():
    for command, summary in commands():
        said = re.search(r"^\.Nd (.*)$", page_of(command), re.MULTILINE)[1]
        equal(said, summary, command)


@test("the shim's page has all sections, and the options and the summary of --help")
def shim_page():
    page = (repo / "man/containerd-shim-nacelle-v2.8").read_text()
    program = binary("containerd-shim-nacelle-v2")
    equal(re.findall(r"^\.Sh (.*)$", page, re.MULTILINE), SECTIONS)
    equal(options_in_page(page), options_in_help(program=program))
    said = re.search(r"^\.Nd (.*)$", page, re.MULTILINE)[1]
    equal(sh(program, "--help").ok().line(0), f"containerd-shim-nacelle-v2: {said}")


KUBE_SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "VERBS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]
KUBE_PAGES = ["apply", "exec", "get", "watch"]


def kube_page(name=""):
    return (repo / f"man/nacelle-kube{'-' + name if name else ''}.1").read_text()


def kube_options(*verb):
    """The options as lines of --help have them; of a verb without those that all verbs have."""
    lines = sh(binary("nacelle-kube"), *verb, "--help").ok().out.splitlines()
    found = [re.match(r"  (?:(-\w), |    )(--[\w-]+)(?: (\S+))?(?:  |$)", line) for line in lines]
    return sorted(f"{match[1] or ''} {match[2]} {match[3] or ''}" for match in found if match)


def kube_verbs():
    """Name and summary of each verb, as --help lists them."""
    listed = sh(binary("nacelle-kube"), "--help").ok().out.split("Verbs:\n")[1].split("\n\n")[0]
    return [line.split(maxsplit=1) for line in listed.splitlines()]


@test("nacelle-kube(1) names every verb with its summary, and has the options that all verbs have")
def kube_overview():
    listed = re.findall(r"^\.It Ic (\S+)\n(.*)$", kube_page(), re.MULTILINE)
    equal(sorted(map(list, listed)), sorted(kube_verbs()))
    equal(options_in_page(kube_page()), kube_options())


@test("each verb of nacelle kube has a page, and there exactly the options of its --help")
def kube_pages():
    described = {}
    for name in KUBE_PAGES:
        page = kube_page(name)
        equal(re.findall(r"^\.Sh (.*)$", page, re.MULTILINE), KUBE_SECTIONS, name)
        section = page.split(".Sh VERBS\n")[1].split("\n.Sh ")[0]
        described |= {part.split(maxsplit=1)[0]: part for part in re.split(r"^\.Ss ", section, flags=re.MULTILINE)[1:]}
    in_overview = {"image", "version"}
    equal(sorted(described), sorted(name for name, _ in kube_verbs() if name not in in_overview))
    for verb in described:
        found = re.findall(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (.*))?$", described[verb], re.MULTILINE)
        written = sorted(f"{'-' + letter if letter else ''} --{name} {value}" for letter, name, value in found)
        equal(written, sorted(set(kube_options(verb)) - set(kube_options())), verb)


@test("nacelle(8) names every command and its page")
def overview():
    overview_page = (repo / "man/nacelle.8").read_text()
    equal(re.findall(r"^\.It Ic (\S+)$", overview_page, re.MULTILINE), [*(name for name, _ in commands()), "kube"])
    equal(re.findall(r"^\.Xr nacelle-(\S+) 8 \.$", overview_page, re.MULTILINE), [name for name, _ in commands()])


@test("no page describes a command that is not there")
def strays():
    pages = {path.stem.removeprefix("nacelle-") for path in (repo / "man").glob("nacelle-*.8")}
    equal(pages - {name for name, _ in commands()}, set())


run()
