"""Message catalogues: Chinese texts are the ids, English is the one translation, each app keeps its own.

    python scripts/translations.py            extract from every app, keep existing English, compile
    python scripts/translations.py --compile  only write the .mo files that Django reads
    python scripts/translations.py --check    fail on missing, empty, left-over or differing English, change nothing
    python scripts/translations.py --only act deliver   the named apps only

No GNU gettext is needed.
"""

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "zhiji"
FUNCTIONS = {"_"} | {
    plural + context + "gettext" + when
    for plural in ("", "n")
    for context in ("", "p")
    for when in ("", "_lazy", "_noop")
}
CALL = re.compile(r"\b(?:n?p?gettext|_)\(")
CHINESE = re.compile("[\u4e00-\u9fff]")
Key = tuple[str | None, str | tuple[str, ...]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    _set_up_django()
    problems: list[str] = []
    shared = said_elsewhere()
    for app in apps():
        if options.only and app.name not in options.only:
            continue
        path = app / "locale/en/LC_MESSAGES/django.po"
        if options.compile:
            compile_catalog(path)
            continue
        merged = merge(found_in(app), path, shared)
        problems += wrong(merged, path)
        if not options.check and (len(merged) or path.exists()):
            save(merged, path)
            compile_catalog(path)
    problems += said_differently()
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.check and problems:
        print(
            f"\n{len(problems)} messages need work: run `make messages`, then write the English.",
            file=sys.stderr,
        )
        return 1
    return 0


def apps() -> list[Path]:
    """The folders of every app, those that have an apps.py."""
    return sorted(path.parent for path in PACKAGE.rglob("apps.py"))


def found_in(app: Path) -> dict[Key, list[tuple[str, int]]]:
    """Every message of the app and where it stands; an app within it has its own."""
    found: dict[Key, list[tuple[str, int]]] = {}
    within = [one for one in apps() if app in one.parents]
    for path in sorted(app.rglob("*")):
        if any(one in path.parents for one in within):
            continue
        if path.suffix not in {".py", ".html", ".txt"} or {"tests", "migrations", "static"} & set(path.parts):
            continue
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        place = str(path.relative_to(ROOT))
        for line, context, message in messages(path):
            found.setdefault((context, message), []).append((place, line))
    return found


def messages(path: Path) -> Iterator[tuple[int, str | None, str | tuple[str, ...]]]:
    """(line, context, message) of each translatable text; message is a pair when it has a plural.

    In `offers/` and in the navigation every Chinese text is one: it is shown through the catalogue.
    """
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from _of_template(source, path)
        return
    tree = ast.parse(source)
    bare = "offers" in path.parts or path.name in ("offers.py", "nav.py")
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (found := list(_of_call(node, node.lineno))):
            yield from found
            apart |= {id(argument) for argument in node.args}
        elif bare and isinstance(node, ast.Constant) and id(node) not in apart:
            text = node.value
            if isinstance(text, str) and CHINESE.search(text):
                yield node.lineno, None, text


def _of_template(source: str, path: Path) -> Iterator[tuple[int, str | None, str | tuple[str, ...]]]:
    from django.utils.translation.template import templatize

    blotted = templatize(source, origin=str(path))  # all but the calls is X
    for start in CALL.finditer(blotted):
        end = start.end()
        while end := blotted.find(")", end) + 1:
            try:
                call = ast.parse(blotted[start.start() : end], mode="eval").body
            except SyntaxError:
                continue
            if isinstance(call, ast.Call):
                yield from _of_call(call, blotted.count("\n", 0, start.start()) + 1)
            break


def _of_call(call: ast.Call, line: int) -> Iterator[tuple[int, str | None, str | tuple[str, ...]]]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name not in FUNCTIONS:
        return
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    context = texts.pop(0) if "pgettext" in name and texts else None
    wanted = 2 if name.startswith("n") else 1
    if len(texts) >= wanted and texts[0]:
        yield line, context, tuple(texts[:2]) if wanted == 2 else texts[0]


def said_elsewhere() -> dict[Key, Any]:
    """The English of every catalogue, for apps that say the same and have none yet."""
    return {
        (message.context, message.id): message.string
        for app in apps()
        for message in read(app / "locale/en/LC_MESSAGES/django.po")
        if message.id and not message.fuzzy
    }


def said_differently() -> Iterator[str]:
    """Texts that two catalogues say in different English: Django shows everywhere that of the app that comes first."""
    said: dict[Key, dict[Any, str]] = {}
    for app in apps():
        for message in read(app / "locale/en/LC_MESSAGES/django.po"):
            if message.id and message.string:
                english = message.string if isinstance(message.string, str) else tuple(message.string)
                said.setdefault((message.context, message.id), {}).setdefault(english, app.name)
    for (_, text), ways in said.items():
        if len(ways) > 1:
            told = ", ".join(f"{english!r} in {app}" for english, app in ways.items())
            yield f"{text!r} is {told}: choose one, or tell the senses apart by a context (pgettext)"


def merge(found: dict[Key, list[tuple[str, int]]], path: Path, shared: dict[Key, Any]) -> Catalog:
    """The found messages with the English of the catalogue at `path`, else of another app's."""
    known = read(path)
    merged = Catalog(locale="en", project="Zhiji", charset="utf-8", fuzzy=False)
    for (context, message), places in sorted(found.items(), key=lambda item: item[1]):
        old = known.get(message if isinstance(message, str) else message[0], context)
        string = old.string if old is not None and not old.fuzzy else None
        if not (any(string) if isinstance(string, (tuple, list)) else string):
            string = shared.get((context, message))
        files = sorted({(place, 0) for place, _ in places})
        merged.add(message, string=string, locations=files, context=context, flags=old.flags if old else ())
    for old in known:
        if old.id and (old.context, old.id) not in found and not any(old.id == key[1] for key in found):
            merged.obsolete[old.id] = old
    return merged


def read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def wrong(merged: Catalog, path: Path) -> Iterator[str]:
    """What keeps the catalogue from being complete, a line each."""
    place = path.relative_to(ROOT)
    for message in merged:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        if not all(strings):
            yield f"{place}: no English for {message.id!r} ({message.locations[0][0]})"
            continue
        if any(len(one) > 1 and one == one[: len(one) // 2] * 2 for one in strings):
            yield f"{place}: {message.id!r} is said twice over, as catalogues are that two branches wrote"
        for problem in message.check(merged):
            yield f"{place}: {message.id!r}: {problem}"
    for message_id in merged.obsolete:
        yield f"{place}: nothing says {message_id!r} any more; `make messages` takes it out"


def save(merged: Catalog, path: Path) -> None:
    """Write the catalogue if its messages differ; places are files without lines, so diffs stay small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    merged.obsolete.clear()
    file = io.BytesIO()
    write_po(file, merged, width=110, omit_header=True, include_lineno=False)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n' + (
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    )
    text = header + file.getvalue().decode("utf-8").strip() + "\n"
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def compile_catalog(path: Path) -> None:
    """Write the .mo beside the .po, whole or not at all."""
    if not path.exists():
        return
    half = path.with_suffix(".mo.new")
    with half.open("wb") as file:
        write_mo(file, read(path))
    half.replace(path.with_suffix(".mo"))


def _set_up_django() -> None:
    """Templates are read by Django's lexer, which wants settings, though nothing of them."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "zhiji.config.stubs"


if __name__ == "__main__":
    sys.exit(main())
