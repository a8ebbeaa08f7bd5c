"""Writes the bytecode of an environment, the same bytes wherever it stands. Runs on Python 3.6 and later."""

import hashlib
import os
import py_compile
import shutil
import sys

FINAL_PATH = "/opt/slipway/site"
SKIPPED = {"tests", "test", "__pycache__"}


def main(arguments: "list[str]") -> int:
    """Compile a site in as many processes as asked, reusing what is cached; answer how many failed."""
    site, cache, workers = arguments[0], arguments[1], int(arguments[2])
    os.nice(10)
    os.makedirs(cache, exist_ok=True)
    sources = sorted(list_sources(site))
    children = [start(site, cache, sources[share::workers]) for share in range(workers)]
    return sum(1 for child in children if os.waitpid(child, 0)[1] != 0)


def list_sources(site: str) -> "list[str]":
    """Python files that a service may import: tests of packages are left out."""
    found = []
    for folder, folders, files in os.walk(site):
        folders[:] = [name for name in folders if name not in SKIPPED]
        found += [os.path.join(folder, name) for name in files if name.endswith(".py")]
    return found


def start(site: str, cache: str, sources: "list[str]") -> int:
    """Compile a share in a process of its own; answer its id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            compile_all(site, cache, sources)
            status = 0
        finally:
            os._exit(status)
    return child


def compile_all(site: str, cache: str, sources: "list[str]") -> None:
    """Give each file its bytecode; files that are no Python are passed over."""
    for source in sources:
        name = os.path.join(FINAL_PATH, os.path.relpath(source, site))
        kept = os.path.join(cache, digest(name, source))
        if sys.version_info < (3, 7):
            # Only times can tie bytecode to its source here, and files of an image are from 1970.
            os.utime(source, (0, 0))
        try:
            if not os.path.exists(kept):
                compile_one(name, source, kept)
        except (py_compile.PyCompileError, UnicodeDecodeError, ValueError):
            continue
        place(kept, bytecode_path(source))


def digest(name: str, source: str) -> str:
    """What the bytecode depends on: the path in it, and the source."""
    with open(source, "rb") as file:
        return hashlib.sha256(name.encode() + b"\0" + file.read()).hexdigest()


def compile_one(name: str, source: str, kept: str) -> None:
    """Write bytecode into the cache that names the path the file has in an image."""
    if sys.version_info < (3, 7):
        py_compile.compile(source, cfile=kept, dfile=name, doraise=True)
        return
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(source, cfile=kept, dfile=name, doraise=True, invalidation_mode=mode)


def bytecode_path(source: str) -> str:
    """Where this Python looks for the bytecode of a file."""
    folder, name = os.path.split(source)
    return os.path.join(folder, "__pycache__", f"{name[:-3]}.{sys.implementation.cache_tag}.pyc")


def place(kept: str, target: str) -> None:
    """Link the bytecode into the site in one step, over what may be there."""
    aside = f"{target}.{os.getpid()}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.link(kept, aside)
    except OSError:
        shutil.copyfile(kept, aside)
    os.replace(aside, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
