"""Nobody but the kernel's claims writes a counter of what can run out."""

import re
from pathlib import Path

ZHIJI = Path(__file__).resolve().parents[2]
ADDING = re.compile(r"\b(?P<column>\w+)\s*=\s*(?:\w+\.)?(?P=column)\s*[+-]|=\s*F\(\"(\w+)\"\)\s*[+-]")
TEXTS = re.compile(r'"""(?:.|\n)*?"""|"[^"\n]*"|=\s*F\("\w+"\)\s*[+-]')
KNOWN = {
    "taken": "the one place",
    "given": "whose turn it is: endless, and nobody holds one of it",
    "size": "how many are in a class: nothing that runs out",
    "attempts": "tries of one letter, by who holds it",
    "repeats": "how often the demo's mail server was handed one letter",
}


def sources() -> dict[str, str]:
    paths = [path for path in sorted(ZHIJI.rglob("*.py")) if not {"tests", "migrations"} & {*path.parts}]
    return {path.relative_to(ZHIJI).as_posix(): path.read_text() for path in paths}


def test_who_adds_to_a_column_is_known_and_says_why() -> None:
    added = {
        (hit["column"] or hit[2], file)
        for file, text in sources().items()
        for part in TEXTS.findall(text)
        for hit in ADDING.finditer(part)
    }
    assert {file for column, file in added if column == "taken"} == {"kernel/claims/rows.py"}
    assert {column for column, _ in added} == set(KNOWN), sorted(added)


def test_nobody_else_reads_or_writes_the_rows_of_claims() -> None:
    telling = {file for file, text in sources().items() if re.search(r"kernel_(limited|claim)\b", text)}
    assert telling == {f"kernel/claims/{name}.py" for name in ("__init__", "proof", "rows")}
