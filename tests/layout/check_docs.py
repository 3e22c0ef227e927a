#!/usr/bin/env python3
"""Checks that what the docs and the comments name is there.

    check_docs.py ROOT       prints each offense as file:line: sentence; exits 1 if there is one
    check_docs.py --prove    shows, on small trees made for it, that each rule catches what it is for

The pages are README.md, CONTRIBUTING.md, docs/**/*.md and bench/*.md. CHANGELOG.md may name what is gone, and so may a
paragraph that names a commit.

- A link leads to a file, and its #anchor to a heading; so does a page that a program names (docs/x.md#part).
- A path in backticks or in a shell block exists: one that begins with a folder of the tree or with cspgan/, or one of a
  source file (training/fit.hpp, from include/cspgan/ or src/).
- A header that a C++ block includes from cspgan/ exists.
- A flag of a command of ours, or one alone in backticks, is an option of a program, or an argument of a script.
- The README's rows of programs and recipes name all that there are.
- A source file that a comment in include/ or src/ names exists.
- The tests that docs/promises.md names exist.
"""
import pathlib
import re
import sys

import proving

PROGRAM_SOURCES = ("src/programs", "src/terminal", "examples")
SCRIPT_SOURCES = ("scripts", "tests", "bench")
SOURCE_FOLDERS = ("include", "src", "tests", "examples", "bench", "cmake", "scripts")
FOLDERS = {*SOURCE_FOLDERS, "docs", "recipes"}
BUILT_IN_FLAGS = {"--help", "--help-all"}  # CLI11's own

LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`]+)`")
PATH = re.compile(r"^[\w.+*-]+(/[\w.+*-]+)*/?$")
SOURCE_FILE = re.compile(r"\.(hpp|cpp|inc|js|css|cmake)$")
FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]*")
COMMIT = re.compile(r"\bcommit `?[0-9a-f]{7,40}\b")
PAGE = re.compile(r"\b(docs/[\w.-]+\.md)(?:#([\w-]+))?")
INCLUDE = re.compile(r"#include <(cspgan/[^>]+)>")
URL = re.compile(r"https?://\S+")
IN_COMMENT = re.compile(r"(?<![\w./-])((?:[\w-]+/)*[\w-]+\.(?:hpp|cpp|inc|js|css|cmake|py|sh|md|toml))\b(?![\w/(])")


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.names = {file.name for folder in SOURCE_FOLDERS for file in (self.root / folder).rglob("*")}
        self.programs = {file.stem for file in (self.root / "examples").glob("*.cpp")}
        self.program_text = self.text_of(PROGRAM_SOURCES)
        self.script_text = self.text_of(SCRIPT_SOURCES)

    def text_of(self, folders):
        return "\n".join(file.read_text() for folder in folders for file in sorted((self.root / folder).rglob("*"))
                         if file.suffix in (".cpp", ".hpp", ".py", ".sh") and file.name != pathlib.Path(__file__).name)

    def has(self, path, beside):
        """Whether a path exists, as a reader of the file in folder `beside` would look for it."""
        bases = (self.root, self.root / "include" / "cspgan", self.root / "include", self.root / "src", beside)
        path = path.rstrip("/")
        if "*" in path:
            return any(any(base.glob(path)) for base in bases if base.is_dir())
        return any((base / path).exists() for base in bases) or "/" not in path and path in self.names

    @staticmethod
    def is_path(text):
        """Whether a text means a path of the tree."""
        if not PATH.match(text) or "**" in text:
            return False
        first = text.split("/")[0]
        if first == "build" or "/" not in text and "*" in text:
            return False
        return bool(SOURCE_FILE.search(text)) or "/" in text and (first in FOLDERS or first == "cspgan")

    def knows_flag(self, flag, of_program):
        in_programs = re.search(f"[\"',]{flag}[\"',]", self.program_text) is not None
        in_scripts = re.search(f"{flag}(?![\\w-])", self.script_text) is not None
        return flag in BUILT_IN_FLAGS or in_programs or not of_program and in_scripts


def slug(heading):
    """The anchor that a heading has."""
    text = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def headings(page):
    return {slug(line.lstrip("#")) for line in page.read_text().splitlines() if re.match(r"#+ ", line)}


def commands_of(text):
    """The words of each command in a line of a shell block, or in backticks, without the comment behind it."""
    for command in re.split(r"&&|\|\||;|\|", re.sub(r"(^|\s)#.*", "", text)):
        words = command.split()
        while words and ("=" in words[0] or words[0] in ("python3", "bash", "sudo")):
            words.pop(0)
        if words:
            yield words


def wrong_flags(text, tree):
    """The flags in a command of ours, or alone in backticks, that nothing has."""
    for words in commands_of(text):
        name = words[0].split("/")[-1]
        is_program = name in tree.programs
        is_script = name.endswith((".py", ".sh")) and words[0] != name
        if is_program or is_script or words[0].startswith("--"):
            for word in words:
                for flag in FLAG.findall(word.split("=")[0]):
                    if not tree.knows_flag(flag, is_program):
                        yield flag


def offenses_of_page(page, tree):
    name = page.relative_to(tree.root)
    lines = page.read_text().splitlines()
    of_a_commit = set()  # lines of paragraphs that speak of another tree
    begin = 0
    for i, line in enumerate([*lines, ""]):
        if not line.strip():
            if COMMIT.search(" ".join(lines[begin:i])):
                of_a_commit |= set(range(begin, i))
            begin = i + 1
    fence = None
    for i, line in enumerate(lines):
        number = i + 1
        if line.startswith("```"):
            fence = line[3:].strip() or "text" if fence is None else None
            continue
        if fence == "cpp":
            for header in INCLUDE.findall(line):
                if not tree.has(header, page.parent):
                    yield f"{name}:{number}: there is no header {header}"
            continue
        if fence is not None and fence != "sh":
            continue
        shell = fence == "sh"
        texts = [line] if shell else SPAN.findall(line)
        for text in texts:
            for flag in wrong_flags(text, tree):
                yield f"{name}:{number}: nothing has the flag {flag}"
            for word in text.split() if shell or " " in text else [text]:
                if i not in of_a_commit and tree.is_path(word) and not tree.has(word, page.parent):
                    yield f"{name}:{number}: there is no {word}"
        if shell:
            continue
        for target in LINK.findall(line):
            if URL.match(target) or target.startswith("mailto:"):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                yield f"{name}:{number}: the link {target} leads nowhere"
            elif anchor and anchor not in headings(file):
                yield f"{name}:{number}: {file.name} has no heading for #{anchor}"


def offenses_of_readme(tree):
    page = tree.root / "README.md"
    rows = {"programs": tree.programs, "recipes": {file.stem for file in (tree.root / "recipes").glob("*.toml")}}
    for number, line in enumerate(page.read_text().splitlines(), 1):
        for row, there in rows.items():
            if line.startswith(f"| {row} |"):
                named = {span for span in SPAN.findall(line) if not span.startswith("--")}
                for missing in sorted(there - named):
                    yield f"README.md:{number}: the row of {row} does not name {missing}"
                for extra in sorted(named - there):
                    yield f"README.md:{number}: there is no {extra} among the {row}"


def offenses_of_promises(tree):
    """In the tables of docs/promises.md, each span of the last column is the name of a test or a script."""
    page = tree.root / "docs/promises.md"
    if not page.exists():
        return
    tests = "".join(file.read_text() for file in sorted((tree.root / "tests").rglob("*")) if file.suffix in (".cpp", ".py", ".txt"))
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.startswith("| ") and line.endswith(" |"):
            for span in SPAN.findall(line.split(" | ")[-1]):
                if span not in tests and not (tree.root / span).is_file():
                    yield f"docs/promises.md:{number}: there is no test named {span}"


def offenses_of_comments(file, tree):
    name = file.relative_to(tree.root)
    for number, line in enumerate(file.read_text().splitlines(), 1):
        _, mark, comment = URL.sub("", line).partition("//")
        if not mark:
            continue
        for path in IN_COMMENT.findall(comment):
            of_the_tree = SOURCE_FILE.search(path) or "/" in path and path.split("/")[0] in FOLDERS
            if of_the_tree and not tree.has(path, file.parent):
                yield f"{name}:{number}: the comment names {path}, which is not there"


def offenses_of_messages(file, tree):
    """What a program tells its user to read, a page or a part of one, is there."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        for path, anchor in PAGE.findall(line):
            page = tree.root / path
            if "//" not in line.split(path)[0] and not page.exists():  # else it was named as a comment's
                yield f"{file.relative_to(tree.root)}:{number}: there is no {path}"
            elif anchor and page.exists() and anchor not in headings(page):
                yield f"{file.relative_to(tree.root)}:{number}: {path} has no heading for #{anchor}"


def offenses(root):
    tree = Tree(root)
    pages = [tree.root / "README.md", tree.root / "CONTRIBUTING.md",
             *sorted((tree.root / "docs").rglob("*.md")), *sorted((tree.root / "bench").glob("*.md"))]
    for page in pages:
        if page.exists():
            yield from offenses_of_page(page, tree)
        else:
            yield f"{page.relative_to(tree.root)}:1: is missing"
    if pages[0].exists():
        yield from offenses_of_readme(tree)
    yield from offenses_of_promises(tree)
    for folder in ("include", "src"):
        for file in sorted((tree.root / folder).rglob("*")):
            if file.suffix in (".hpp", ".cpp", ".inc"):
                yield from offenses_of_comments(file, tree)
            if file.is_file():
                yield from offenses_of_messages(file, tree)


def prove():
    """Each tree breaks one rule; the sentence that is to come is named beside it."""
    readme = ("# It\n\n[more](docs/more.md#a-part), [web](https://example.org/x.md), `src/core/error.cpp`,\n"
              "`core/error.hpp`, "
              "`run.json`, `runs/a/report.html`, `--seed`, `src/*/error.cpp`, `cspgan/core`, `include/<name>.hpp`.\n\n"
              "```sh\nscripts/go.sh --fast   # or --anything\nbuild/bin/sample --seed 1 && cmake --preset x\n"
              "```\n\n```cpp\n#include <cspgan/core/error.hpp>\n```\n\nIn commit 89df355 `src/core/gone.cpp` went.\n\n"
              "| programs | `sample` |\n| recipes | `faces` (`--seed`) |\n")
    good = {
        "README.md": readme,
        "CONTRIBUTING.md": "`error.hpp`\n",
        "CHANGELOG.md": "`core/gone.hpp`\n",
        "docs/more.md": "# More\n\n## A part\n\n[up](../README.md), [here](#a-part)\n",
        "include/cspgan/core/error.hpp": "// core/error.hpp, docs/more.md, loss.py, https://example.org/gone.hpp\n",
        "src/core/error.cpp": '#include "core/gone.hpp"\n',
        "src/programs/sample.cpp": 'app.add_option("--seed", seed);\nthrow "see docs/more.md#a-part";\n',
        "examples/sample.cpp": "",
        "recipes/faces.toml": "",
        "scripts/go.sh": "case $1 in --fast) ;; esac\n",
        "docs/promises.md": "| It works | `it works`, `scripts/go.sh` |\n",
        "tests/core/test_it.cpp": 'TEST_CASE("it works") {}\n',
    }
    broken = {
        "the link docs/gone.md leads nowhere": {"CONTRIBUTING.md": "[x](docs/gone.md)\n"},
        "the link more.md leads nowhere": {"CONTRIBUTING.md": "[x](more.md)\n"},
        "more.md has no heading for #another-part": {"CONTRIBUTING.md": "[x](docs/more.md#another-part)\n"},
        "there is no src/core/gone.cpp": {"docs/more.md": "# More\n\n## A part\n\n`src/core/gone.cpp`\n"},
        "there is no core/gone.hpp": {"CONTRIBUTING.md": "`core/gone.hpp`\n"},
        "there is no gone.hpp": {"CONTRIBUTING.md": "`gone.hpp`\n"},
        "there is no runs/gone.hpp": {"CONTRIBUTING.md": "`runs/gone.hpp`\n"},
        "there is no cspgan/gone": {"CONTRIBUTING.md": "`cspgan/gone`\n"},
        "there is no src/*/gone.cpp": {"CONTRIBUTING.md": "`src/*/gone.cpp`\n"},
        "there is no scripts/gone.sh": {"CONTRIBUTING.md": "```sh\nscripts/gone.sh\n```\n"},
        "there is no header cspgan/gone.hpp": {"CONTRIBUTING.md": "```cpp\n#include <cspgan/gone.hpp>\n```\n"},
        "nothing has the flag --sed": {"CONTRIBUTING.md": "```sh\nbuild/bin/sample --sed=1\n```\n"},
        "nothing has the flag --film": {"CONTRIBUTING.md": "`sample --film webp`\n"},
        "nothing has the flag --stops": {"CONTRIBUTING.md": "`--stops`\n"},
        "nothing has the flag --fast": {"CONTRIBUTING.md": "`sample --fast`\n"},  # a script's, not a program's
        "nothing has the flag --slow": {"CONTRIBUTING.md": "```sh\nscripts/go.sh --slow\n```\n"},
        "the row of recipes does not name new": {"recipes/new.toml": ""},
        "there is no old among the programs": {"README.md": readme.replace("| `sample` |", "| `sample`, `old` |")},
        "the comment names core/gone.hpp": {"include/cspgan/core/error.hpp": "int x;  // see core/gone.hpp\n"},
        "the comment names gone.hpp": {"src/core/error.cpp": "// As gone.hpp says.\n"},
        "the comment names docs/gone.md": {"src/core/error.cpp": "/// See docs/gone.md.\n"},
        "there is no docs/gone.md": {"src/core/error.cpp": 'throw "see docs/gone.md#x";\n'},
        "docs/more.md has no heading for #gone": {"src/core/error.cpp": 'throw "see docs/more.md#gone";\n'},
        "there is no test named it flies": {"docs/promises.md": "| It flies | `it flies` |\n"},
        "CONTRIBUTING.md:1: is missing": {"CONTRIBUTING.md": None},
    }
    proving.prove(good, broken, offenses)


if __name__ == "__main__":
    if sys.argv[1:] == ["--prove"]:
        prove()
    else:
        found = list(offenses(sys.argv[1]))
        print("\n".join(found))
        sys.exit(1 if found else 0)
