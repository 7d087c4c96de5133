"""What does ./dev do? Makes .venv from the lock, then runs what was asked for.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
USAGE = """usage: ./dev COMMAND [ARGUMENT ...]

  demo [--no-serve]   a simulated company, a year of it, ready to look at
  test [PYTEST ...]   install what the tests need and run them all
  check               ruff, mypy --strict, the import contract, migrations, docs
  bench [NAME ...]    the speed claims, each as a ratio with its peer in the same run
  soak [PYTEST ...]   the long drills
  systems [PYTEST ...]  real systems, set up here and read: those that are installed
  docs                write the generated reference pages anew
  lock                resolve the dependencies anew (needs uv)
  setup [--dev]       only make .venv
  troth ARGUMENT ...  the command itself"""


# Tests start Troth hundreds of times, and a start without compiled modules takes twice as long:
# they are kept beside the packages, whatever this machine's habit is.
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(VENV / "pycache")}


def say(text: str) -> None:
    print(f"./dev: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, **environment: str) -> int:
    """Run a command in the repository with .venv in front of the path; its exit code."""
    paths = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": paths, "VIRTUAL_ENV": str(VENV), **environment}
    env.pop("PYTHONHOME", None)
    return subprocess.call([str(part) for part in command], cwd=ROOT, env=env)


def must(*command: str | Path) -> None:
    code = run(*command)
    if code:
        say(f"`{' '.join(str(part) for part in command)}` failed with {code}; see above.")
        sys.exit(2)


def install(*, is_dev: bool) -> None:
    """Bring .venv up to the lock; does nothing where it is up already. Safe to call at once."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(is_dev=is_dev)


def _install(*, is_dev: bool) -> None:
    locks = [ROOT / "requirements-dev.lock"] if is_dev else [ROOT / "requirements.lock"]
    wanted = _fingerprint([*locks, ROOT / "pyproject.toml"])
    stamps = [VENV / ".troth-dev"] if is_dev else [VENV / ".troth-dev", VENV / ".troth-run"]
    fresh_dev = _fingerprint([ROOT / "requirements-dev.lock", ROOT / "pyproject.toml"])
    for stamp in stamps:
        expected = fresh_dev if stamp.name == ".troth-dev" else wanted
        if stamp.exists() and stamp.read_text() == expected:
            return
    if not (BIN / "python").exists():
        say("making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True)
    say("installing the locked dependencies (once)")
    pip = (BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    must(*pip, "--require-hashes", "--requirement", locks[0])
    # The package itself: a path file does for an editable install, and needs no build backend.
    site = subprocess.check_output(
        [BIN / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    Path(site, "troth-source.pth").write_text(f"{ROOT / 'src'}\n")
    _write_metadata(Path(site))
    script = BIN / "troth"
    script.write_text(
        f"#!{BIN / 'python'}\nimport sys\nfrom troth.cli import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    (VENV / (".troth-dev" if is_dev else ".troth-run")).write_text(wanted)


def _write_metadata(site: Path) -> None:
    """So that `troth --version` and importlib.metadata know the version."""
    version = next(
        line.split('"')[1]
        for line in (ROOT / "pyproject.toml").read_text().splitlines()
        if line.startswith("version")
    )
    for old in site.glob("troth-*.dist-info"):
        shutil.rmtree(old)
    folder = site / f"troth-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: troth\nVersion: {version}\n")


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def demo(arguments: list[str]) -> int:
    install(is_dev=False)
    return run(BIN / "troth", "demo", "--directory", ROOT / ".demo", *arguments)


def test(arguments: list[str]) -> int:
    install(is_dev=True)
    _find_chromium()
    # Each worker begins with a half of its own, so that what a module shares is made once.
    workers: tuple[str, ...] = ("-n", "2", "--dist", "worksteal")
    if any(item.startswith("-n") for item in arguments):
        workers = ()
    return run(BIN / "python", "-m", "pytest", *workers, *arguments, **COMPILED)


def _find_chromium() -> None:
    """Page tests need a Chromium. Where we may, install the system's; else they skip aloud."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say("no Chromium here: page tests will skip. Install the package `chromium` to run them.")
        return
    say("installing Chromium for the page tests (once)")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if run("apt-get", "update", "-qq", **quiet) or run(
        "apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium", **quiet
    ):
        say("Chromium could not be installed; see above. Page tests will say so.")


def check(arguments: list[str]) -> int:
    install(is_dev=True)
    steps: list[tuple[str, tuple[str | Path, ...]]] = [
        ("ruff check", (BIN / "ruff", "check", ".")),
        ("ruff format", (BIN / "ruff", "format", "--check", ".")),
        ("mypy --strict", (BIN / "mypy",)),
        ("import contract", (BIN / "lint-imports",)),
        ("migrations", (BIN / "python", "tools/migrations_check.py")),
        ("docs", (BIN / "python", "tools/docs.py", "--check")),
    ]
    failed = []
    for name, command in steps:
        say(f"check: {name}")
        if run(*command):
            failed.append(name)
    if failed:
        say(f"check found problems in: {', '.join(failed)}")
        return 1
    say("check: all is well")
    return 0


def bench(arguments: list[str]) -> int:
    install(is_dev=True)
    return run(BIN / "python", "-m", "bench", *arguments)


def soak(arguments: list[str]) -> int:
    install(is_dev=True)
    return run(BIN / "python", "-m", "pytest", "-m", "soak", *arguments, TROTH_SOAK="1", **COMPILED)


def systems(arguments: list[str]) -> int:
    install(is_dev=True)
    options = ["-m", "systems", "-n0", "-s", *arguments]
    return run(BIN / "python", "-m", "pytest", *options, TROTH_SYSTEMS="1", **COMPILED)


def docs(arguments: list[str]) -> int:
    install(is_dev=True)
    return run(BIN / "python", "tools/docs.py", *arguments)


def lock(arguments: list[str]) -> int:
    common = ("uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header", "--quiet")
    python = ("--python-version", "3.11", "pyproject.toml")
    first = run(*common, *python, "--output-file", "requirements.lock")
    return first or run(
        *common, *python, "--extra", "dev", "--output-file", "requirements-dev.lock"
    )


def setup(arguments: list[str]) -> int:
    install(is_dev="--dev" in arguments)
    return 0


def troth(arguments: list[str]) -> int:
    install(is_dev=False)
    return run(BIN / "troth", *arguments)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "soak": soak,
    "systems": systems,
    "docs": docs,
    "lock": lock,
    "setup": setup,
    "troth": troth,
}


def main() -> int:
    name, *arguments = sys.argv[1:] or ["help"]
    if name not in COMMANDS:
        print(USAGE)
        return 0 if name in ("help", "-h", "--help") else 2
    return COMMANDS[name](arguments)


if __name__ == "__main__":
    sys.exit(main())
