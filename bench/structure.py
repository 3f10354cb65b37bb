"""`python -m bench.structure [FOLDER]`: size and shape of the code, for one table over time.

FOLDER is another checkout, to compare with. Migrations and tests are left out; imports inside
`if TYPE_CHECKING` do not count.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path
from statistics import median

ROOTS = ("bot.py", "config.py", "faq", "handlers", "storage", "wechat")
COMPLEX = 10
BRANCHES = (
    ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.Assert, ast.comprehension,
    ast.match_case,
)  # fmt: skip
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLIND = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True)
class Module:
    """One file: its name as it is imported, its text and its syntax tree."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, FUNCTIONS)]

    def imported(self) -> set[str]:
        """Every name after `import`, those for type checkers aside."""
        return set(_imported(self.tree))

    def blind_excepts(self) -> int:
        return sum(
            node.type is None or (isinstance(node.type, ast.Name) and node.type.id in BLIND)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ExceptHandler)
        )


def _imported(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from (f"{child.module}.{name.name}" for name in child.names)
        else:
            yield from _imported(child)


def modules(folder: Path) -> dict[str, Module]:
    """Every module of the program, by name."""
    found = {}
    for root in ROOTS:
        path = folder / root
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if "migrations" in file.parts:
                continue
            name = ".".join(file.relative_to(folder).with_suffix("").parts)
            name = name.removesuffix(".__init__")
            found[name] = Module(name, file.read_text(encoding="utf-8"))
    return found


def graph(found: Mapping[str, Module]) -> dict[str, set[str]]:
    """Which module imports which."""
    return {
        name: {
            target
            for imported in module.imported()
            if (target := _module_of(imported, found)) is not None and target != name
        }
        for name, module in found.items()
    }


def _module_of(imported: str, found: Mapping[str, Module]) -> str | None:
    """`a.b.c` is a module, or the name `c` of the module `a.b`."""
    return next((name for name in (imported, imported.rpartition(".")[0]) if name in found), None)


def longest_chain(imports: Mapping[str, set[str]]) -> list[str]:
    """The longest chain of imports; one that closes a circle ends where it closes."""
    known: dict[str, list[str]] = {}

    def chain(name: str, above: tuple[str, ...]) -> list[str]:
        if name not in known:
            below = (chain(n, (*above, name)) for n in sorted(imports[name]) if n not in above)
            known[name] = [name, *max(below, key=len, default=[])]
        return known[name]

    return max((chain(name, ()) for name in imports), key=len)


def complexity(function: ast.AST) -> int:
    """McCabe's number: one, and one for every branch and every `and` or `or`."""
    nodes = list(ast.walk(function))
    joined = sum(len(node.values) - 1 for node in nodes if isinstance(node, ast.BoolOp))
    return 1 + joined + sum(isinstance(node, BRANCHES) for node in nodes)


def tenth(numbers: list[int]) -> int:
    """The 90th percentile."""
    return sorted(numbers)[ceil(len(numbers) * 0.9) - 1]


def stations(folder: Path) -> int:
    """Rows of the README's path of a message up to the commit."""
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and line[2:3].isdigit()]
    ends = [number for number, row in enumerate(rows, start=1) if "one commit" in row]
    return ends[0] if ends else len(rows)


def table(folder: Path) -> list[tuple[str, str]]:
    """The rows of the table."""
    found = modules(folder)
    files = [module.lines for module in found.values()]
    functions = [function for module in found.values() for function in module.functions()]
    spans = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    blind = sum(module.blind_excepts() for module in found.values())
    return [
        ("thousand lines / files", f"{sum(files) / 1000:.1f}/{len(files)}"),
        ("file median / 90th percentile", f"{median(files):.0f}/{tenth(files)}"),
        ("longest file", str(max(files))),
        ("function median / 90th percentile", f"{median(spans):.0f}/{tenth(spans)}"),
        (f"functions with complexity over {COMPLEX}", str(_complex(functions))),
        ("blind excepts per thousand lines", f"{blind / sum(files) * 1000:.2f}"),
        ("depth of imports", str(len(longest_chain(graph(found))))),
        ("stations of a message up to the commit", str(stations(folder))),
    ]


def _complex(functions: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> int:
    return sum(complexity(function) > COMPLEX for function in functions)


def main(folder: Path) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in table(folder))
    chain = " → ".join(longest_chain(graph(modules(folder))))
    return f"| | |\n|---|---|\n{rows}\n\nThe longest chain of imports: {chain}\n"


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1]) if sys.argv[1:] else Path()))
