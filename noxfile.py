# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

# /// script
# dependencies = ["nox", "antsibull-nox", "uv", "ansible-core"]
# ///
"""The steps of `make test`; antsibull-nox.toml adds lint, docs-check, license-check, extra-checks, ansible-lint, ..."""

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import antsibull_nox
import nox

ROOT = Path(__file__).resolve().parent
WORK = ROOT / ".nox"
LANE = os.environ.get("PVE_DRS_LANE", "all")
TREE = WORK / f"tree-{LANE}"
COPY = TREE / "ansible_collections" / "pve" / "drs"
RESULTS = WORK / "results"
CONSTRAINTS = ROOT / "tests" / "utils" / "requirements" / "constraints.txt"
UNIT_REQUIREMENTS = ROOT / "tests" / "unit" / "requirements.txt"
OWN_CORE = ".".join(version("ansible-core").split(".")[:2])
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# the lowest, middle and newest ansible-core that we support, each with the oldest Python that it runs on or ours
CORES = {"2.19": "3.11", "2.20": "3.12", "2.21": "3.13"}
# the one in the middle runs plugins, and playbooks with each module; the engine was run with the Pythons on either side of its own
MIDDLE = "2.20"
LOWEST = "2.19"
DEPENDS_ON_ANSIBLE = [
    *(f"tests/unit/plugins/{part}" for part in ("inventory", "plugin_utils")),
    *(f"tests/unit/plugins/modules/test_{name}.py" for name in ("bad_input", "facts", "playbooks", "place", "pools")),
    *(f"tests/unit/plugins/modules/test_{name}.py" for name in ("bootstrap", "evacuate", "rules", "service")),
]
# what is pure is tested with all branches counted, which doubles the time that it takes; the rest, and its longest laws, without
CORE_TESTS = ["tests/unit/plugins/module_utils/core", "tests/unit/test_scenarios.py"]
LONG_LAWS = [f"{CORE_TESTS[0]}/{part}/test_laws.py" for part in ("constraints", "place", "planners", "pressure")]
# these read the files of the collection; another Python finds nothing else in them
ABOUT_FILES = [f"tests/unit/test_{name}.py" for name in ("budget", "documents", "headers", "layers", "pitfalls")]
COVERAGE = ["--cov", "--cov-config=pyproject.toml"]
# one more than there are processors, as some tests wait for what they have started
PROCESSES = min(4, (os.cpu_count() or 1) + 1)
SANITY_RAN = 'Running sanity test "validate-modules"'

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
# What `make test` runs in one process of nox, and what in another beside it; without a lane, all of it.
LANES = {
    "tests": ["units", "core", "cores"],
    "checks": [
        "scenarios",
        "sanity",
        "ruff",
        "mypy",
        "lint",
        "docs-check",
        "license-check",
        "extra-checks",
        "changelog",
        "build-import-check",
        "artifact",
        "ansible-lint",
    ],
}
nox.options.sessions = LANES.get(LANE, [step for steps in LANES.values() for step in steps])
antsibull_nox.load_antsibull_nox_toml()

if Path("/etc/ssl/certs").is_dir():
    os.environ.setdefault("UV_SYSTEM_CERTS", "true")  # trust what pip trusts, also behind a company's proxy
# What antsibull-nox installs obeys the same constraints; its steps start other commands of this environment by name.
os.environ["UV_CONSTRAINT"] = os.environ["PIP_CONSTRAINT"] = str(CONSTRAINTS)
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def _our_files() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@functools.cache
def copied() -> Path:
    """Copy the collection to where its name leads (docs/decisions/0001); once a run."""
    shutil.rmtree(COPY, ignore_errors=True)
    for file in _our_files():
        target = COPY / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target)
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)
    return COPY


def test_environment() -> dict[str, str]:
    """Let the tests find the collection's copy and, where it exists, the shared data beside the checkout."""
    shared = os.environ.get("PVE_DRS_SHARED") or str(ROOT.parent / "shared")
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(TREE),
        "PYTHONPATH": str(TREE),
        "PVE_DRS_SHARED": shared,
        "PVE_DRS_SIMULATOR": str(WORK / "simulator"),
        "PVE_DRS_MACHINE": str(WORK / "machine"),
    }


@nox.session(venv_backend="none")
def units(session: nox.Session) -> None:
    """Run all tests but those of the core; `nox -s units -- OPTIONS` passes options on."""
    with session.chdir(copied()):
        _pytest(session, sys.executable, "units", _without(CORE_TESTS))


def _without(tests: list[str]) -> list[str]:
    return [f"--ignore={path}" for path in tests]


@nox.session(venv_backend="none")
def core(session: nox.Session) -> None:
    """Run the tests of the core, which have to reach every branch of it."""
    with session.chdir(copied()):
        _pytest(session, sys.executable, "core-laws", ["--dist=load", *LONG_LAWS])
        _pytest(session, sys.executable, "core-branches", [*COVERAGE, *CORE_TESTS, *_without(LONG_LAWS)])


def _pytest(session: nox.Session, python: str, name: str, options: list[str], profile: str = "quick") -> None:
    """Run tests on all processors, with that Python and the commands beside it."""
    environment = test_environment() | {"PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.setdefault("HYPOTHESIS_PROFILE", os.environ.get("HYPOTHESIS_PROFILE", profile))
    counts = f"--junit-xml={RESULTS / f'{name}.xml'}"
    # in the order of tests/conftest.py, not with the files of few tests, which tend to be slow ones, in the end
    spread = [f"--numprocesses={PROCESSES}", "--dist=loadfile", "--no-loadscope-reorder"]
    command = [python, "-m", "pytest", "-q", *spread, counts]
    session.run(*command, *options, *session.posargs, env=environment)


@nox.session(venv_backend="none")
def cores(session: nox.Session) -> None:
    """Run pytest with every other supported ansible-core whose Python is here."""
    for core, python in CORES.items():
        if (core, python) == (OWN_CORE, PYTHON):
            session.log(f"ansible-core {core} with Python {python} is what the step units runs with")
        elif _is_here(python):
            _units_with(session, core, python)
        else:
            session.log(f"skipped ansible-core {core}: there is no python{python} here")


def _is_here(python: str) -> bool:
    # pyenv has a command for each version that it knows, also for those that are not installed
    command = shutil.which(f"python{python}")
    return bool(command) and subprocess.run([command, "--version"], check=False, capture_output=True).returncode == 0


def _units_with(session: nox.Session, core: str, python: str) -> None:
    folder = WORK / f"core-{core}"
    interpreter = str(folder / "bin" / "python")
    if not Path(interpreter).exists():
        session.run("uv", "venv", "--quiet", "--python", python, str(folder))
    packages = [f"ansible-core=={core}.*", "pytest-xdist", "-r", str(UNIT_REQUIREMENTS)]
    session.run("uv", "pip", "install", "--quiet", "--python", interpreter, *packages)
    session.log(f"ansible-core {core} with Python {python}")
    with session.chdir(copied()):
        chosen = DEPENDS_ON_ANSIBLE if core == MIDDLE else _without(ABOUT_FILES)
        _pytest(session, interpreter, f"cores-{core}", ["-m", "not long", *chosen], profile="few")


@nox.session(venv_backend="none")
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity, and make sure that it tested something."""
    _provide_pip_bootstrap()
    # ansible-test installs exactly what it was made with
    unconstrained = {"UV_CONSTRAINT": None, "PIP_CONSTRAINT": None}
    with session.chdir(copied()):
        command = ["ansible-test", "sanity", "--local", "--python", PYTHON, *session.posargs]
        output = session.run(*command, env=unconstrained, silent=True)
    tests = re.findall(r'Running sanity test "(\S+)"', output)
    if not session.posargs and SANITY_RAN not in output:
        session.error(f"ansible-test found nothing to test:\n{output}")
    session.log(f"{len(set(tests))} sanity tests passed: {', '.join(dict.fromkeys(tests))}")


def _provide_pip_bootstrap() -> None:
    """Put our script where ansible-test keeps the get-pip.py that it downloads."""
    location = find_spec("ansible_test").submodule_search_locations[0]
    source = Path(location, "_internal", "python_requirements.py").read_text(encoding="utf-8")
    pip_version = re.search(r"pip='([\d.]+)'", source)[1].replace(".", "_")
    cached = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{pip_version}.py"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / "tests" / "utils" / "pip_bootstrap.py", cached)


@nox.session(venv_backend="none")
def scenarios(session: nox.Session) -> None:
    """Run the molecule scenarios against the simulator; `nox -s scenarios -- NAME` runs one."""
    chosen = [f"--scenario-name={name}" for name in session.posargs] or ["--all"]
    with session.chdir(copied()):
        session.run("molecule", "test", *chosen, "--report", env=test_environment() | {"PYTHONPATH": _quick_start()})


def _quick_start() -> str:
    """Value for PYTHONPATH with which Ansible does not pack and compile modules anew for every task."""
    folder = TREE / "startup"
    shutil.rmtree(folder, ignore_errors=True)  # what was packed before is of another state of the collection
    folder.mkdir()
    shutil.copy2(ROOT / "tests" / "startup" / "sitecustomize.py", folder)
    return f"{folder}{os.pathsep}{TREE}"


@nox.session(venv_backend="none")
def artifact(session: nox.Session) -> None:
    """Run the demo as a new user would: of the built archive, in an environment that holds ansible-core alone."""
    if not _is_here(CORES[LOWEST]):
        session.skip(f"there is no python{CORES[LOWEST]} here")
    folder = WORK / "artifact"
    commands = folder / "empty" / "bin"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("uv", "venv", "--quiet", "--seed", "--python", CORES[LOWEST], str(commands.parent))
    session.run("uv", "pip", "install", "--quiet", "--python", str(commands / "python"), f"ansible-core=={LOWEST}.*")
    with session.chdir(copied()):
        session.run("ansible-galaxy", "collection", "build", "--output-path", str(folder))
    [archive] = folder.glob("*.tar.gz")
    environment = {"ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_COLLECTIONS_PATH": None}
    with session.chdir(folder):
        session.run(str(commands / "ansible-galaxy"), "collection", "install", str(archive), env=environment)
        _demonstrate(session, str(commands / "ansible-playbook"), environment)


def _demonstrate(session: nox.Session, ansible_playbook: str, environment: dict[str, str | None]) -> None:
    """The first run tells which packages are missing, and the command that installs them; the second one has all."""
    told = session.run(ansible_playbook, "pve.drs.demo", env=environment, success_codes=[2], silent=True)
    found = re.search(r'Install what is missing: (\S+ -m pip install [^"\n]+)', told)
    if not found:
        session.error(f"the demo does not say how to get the packages that it needs:\n{told}")
    session.log(found[1])
    session.run(*shlex.split(found[1]), "--quiet", "--disable-pip-version-check")
    session.run(ansible_playbook, "pve.drs.demo", env=environment, silent=True)


@nox.session(venv_backend="none")
def ruff(session: nox.Session) -> None:
    """Check style; `make format` mends what can be mended."""
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session(venv_backend="none")
def mypy(session: nox.Session) -> None:
    """Check types, strictly."""
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(WORK / "mypy_cache")]
    with session.chdir(copied()):
        environment = {"MYPYPATH": str(TREE)}
        session.run("mypy", *settings, "-p", "ansible_collections.pve.drs.plugins", env=environment)
        session.run("mypy", *settings, "simulator", "benchmarks", env=environment)


@nox.session(venv_backend="none")
def changelog(session: nox.Session) -> None:
    """Check changelog fragments."""
    session.run("antsibull-changelog", "lint")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the pages of the collection in docs/build; once its tools are installed, without any network."""
    site = WORK / "site"
    built = ROOT / "docs" / "build"
    reference = site / "rst" / "collection"
    session.install("antsibull-docs", "ansible-core", "myst-parser")
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    site.chmod(0o755)
    options = ["--use-current", "--squash-hierarchy"]
    copied()
    environment = test_environment()
    init = [*options, "--lenient", "--dest-dir", str(site), "pve.drs"]
    session.run("antsibull-docs", "sphinx-init", *init, env=environment, silent=True)
    session.install("-r", str(site / "requirements.txt"))
    session.run("python", str(ROOT / "tests" / "utils" / "docsite.py"), str(site))
    reference.mkdir(mode=0o755)
    settings = ["--config-file", str(site / "antsibull-docs.cfg")]
    collection = [*settings, "collection", *options, "--dest-dir", str(reference), "pve.drs"]
    session.run("antsibull-docs", *collection, env=environment, silent=True)
    shutil.rmtree(built, ignore_errors=True)
    # what is wrong with a page, a dead link among it, is an error
    strictly = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(site)]
    session.run("sphinx-build", *strictly, str(site / "rst"), str(built), env=environment)
    session.log(f"open {built / 'index.html'}")


if __name__ == "__main__":
    nox.main()
