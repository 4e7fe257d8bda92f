"""Every claim of docs/SECURITY.md is linked to tests that exist: `[test](../path.py::name)`.

python scripts/claims.py   report claims without one, and links that lead nowhere; fail if there is any
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/SECURITY.md"
FROM, UNTIL = "## What holds", "## What we don't protect"
LINK = re.compile(r"\[test\]\(([^):]+)::(\w+)\)")


def problems(page: str) -> list[str]:
    """What is wrong with a page."""
    part = page.partition(FROM)[2].partition(UNTIL)[0]
    claims = [" ".join(one.split()) for one in re.split(r"^- ", part, flags=re.MULTILINE)[1:]]
    found = [] if claims else [f"no claim between “{FROM}” and “{UNTIL}”"]
    for claim in claims:
        links = LINK.findall(claim)
        if not links:
            found.append(f"no test shows that {claim[:70]}")
        found += [f"{path} has no {name}" for path, name in links if name not in _tests(PAGE.parent / path)]
    return found


def _tests(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


if __name__ == "__main__":
    wrong = problems(PAGE.read_text("utf-8"))
    print("\n".join(wrong) or "every claim has its test")
    sys.exit(bool(wrong))
