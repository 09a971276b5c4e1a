"""LangGraph: `langgraph.json` with the code that it names, or the code alone."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from threatmodel.importers.command import wanted
from threatmodel.importers.companions import graphs_of
from threatmodel.importers.definitions import readable_tools
from threatmodel.importers.document import Document
from threatmodel.importers.group import as_system
from threatmodel.importers.langgraph.code import code_facts, works_as_group
from threatmodel.importers.langgraph.files import Code, named_nodes
from threatmodel.importers.langgraph.flow import as_graph
from threatmodel.importers.langgraph.tools import toolbox_of
from threatmodel.importers.parts import framework, unread
from threatmodel.importers.python_code import Module, Unread, imported_modules, without_home
from threatmodel.importers.secrets import variables
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    answer,
    names_of,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import Own, kind_of, said
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

_PACKAGES = ("langgraph", "langchain", "deepagents")


def looks_like(document: Document) -> bool:
    """Tell whether a file names graphs by path, or is code that imports LangGraph."""
    if document.notation == "python":
        module = document.source.python()
        return isinstance(module, Module) and _uses_langgraph(module)
    return bool(graphs_of(document.root))


def read(document: Document) -> tuple[Found, ...]:
    """Read each graph with the code that can be reached from it."""
    if document.notation == "python":
        return (_graph(_of_code(document)),)
    graphs = graphs_of(document.root)
    return tuple(_of_config(document, name, node) for name, node in graphs)


def read_inner(document: Document, whole: Found) -> tuple[Found, ...]:
    """Read a graph with several agents as a system of its nodes."""
    if document.notation == "python":
        source = _of_code(document)
    else:
        ((name, node),) = graphs_of(document.root)
        source = _of_graph(document, name, node)
    modules = [module for module in source.files if isinstance(module, Module)]
    statements = (*source.statements, framework(source.place, "LangGraph"))
    top = Found(whole.name, statements, remarks=whole.remarks)
    return (as_graph(Code(_reached(modules, source.home)), top, source.place) or whole,)


def _uses_langgraph(module: Module) -> bool:
    packages = {name.split(".")[0].split("_")[0] for name in module.imports.values()}
    return bool(packages & set(_PACKAGES))


def _own(document: Document) -> Module | Unread:
    """Give the file itself by its name alone: those beside it are named from its folder."""
    module = document.source.python()
    short = PurePath(document.source.name).name
    return replace(module, path=short) if isinstance(module, Module) else module


@dataclass(frozen=True, slots=True)
class _Source:
    """One graph."""

    name: str
    place: Node
    files: tuple[Module | Unread, ...]
    """Its entry first."""
    home: tuple[str, ...]
    """Steps of the path of the folder that they are named from."""
    statements: tuple[Statement, ...] = ()


def _of_code(document: Document) -> _Source:
    files = (_own(document), *(file.python() for file in document.source.beside))
    return _Source(PurePath(document.source.label).stem, document.root, files, _home(document))


def _home(document: Document) -> tuple[str, ...]:
    return PurePath(document.source.name).parent.parts


def _of_graph(document: Document, name: str, place: Node) -> _Source:
    root, beside = document.root, document.source.beside
    entry = place.text.rpartition(":")[0]
    first = [file for file in beside if _is_named(file.name, entry)][:1]
    files = (*first, *(file for file in beside if file not in first)) if first else ()
    statements = (
        *said("langgraph", [root], _OWN),
        *text(("summary",), root.at("graphs", name, "description")),
    )
    return _Source(name, place, tuple(f.python() for f in files), _home(document), statements)


def _of_config(document: Document, name: str, place: Node) -> Found:
    source = _of_graph(document, name, place)
    remarks = [] if source.files else [_missing(place.text.rpartition(":")[0])]
    found = _graph(source)
    remarks += [*unread(document.root, load_rules().file.keys["langgraph"])]
    return replace(found, remarks=(*remarks, *found.remarks))


def _is_named(file: str, entry: str) -> bool:
    """Tell whether a file is what `./src/a.py` or `package.module` names."""
    if entry.endswith(".py"):
        return file == entry.removeprefix("./")
    path = file.removesuffix(".py").removesuffix("/__init__")
    return f"/{path}".endswith(f"/{entry.replace('.', '/')}")


def _missing(entry: str) -> str:
    if entry.endswith((".ts", ".js", ".mts", ".mjs", ".tsx")):
        return f"{entry} is JavaScript or TypeScript, which is not read: its tools stay unknown"
    return f"{entry} was not found below the folder of the file: its tools stay unknown"


def _graph(source: _Source) -> Found:
    name, place = source.name, source.place
    modules = [module for module in source.files if isinstance(module, Module)]
    remarks = [f"{one.label} is not read: {one}" for one in source.files if isinstance(one, Unread)]
    code = Code(_reached(modules, source.home))
    box = toolbox_of(code)
    several = works_as_group(code)
    statements = [
        *about(place, place, name, "multi-agent" if several else "agent"),
        *source.statements,
        *_summary(place, tuple(named_nodes(code))),
        framework(place, "LangGraph"),
        *code_facts(code, box),
    ]
    tools, odd = readable_tools(box.tools.values())
    if box.opaque:
        remarks.append("the code puts its list of tools together at run time: it is not whole")
    if box.foreign:
        remarks.append("servers or toolkits bring more tools when it runs: they are not listed")
    remarks += _elsewhere(code)
    known = tools if modules else None
    return Found(one_line_cut(name), tuple(statements), known, remarks=(*odd, *remarks))


def _elsewhere(code: Code) -> list[str]:
    """Say which nodes run what was not found: their models and tools stay unknown."""
    absent = [
        name
        for name, (runs, module) in named_nodes(code).items()
        if isinstance(runs, ast.Name)
        and runs.id in module.imports
        and not (code.function(runs.id, module) or code.value(runs.id, module))
    ]
    words = f"the code of these nodes was not found below the folder: {names_of(absent)}"
    return [f"{words}; their models and tools stay unknown"] if absent else []


def _summary(place: Node, nodes: tuple[str, ...]) -> list[Statement]:
    words = f"Graph with the nodes {names_of(nodes, 12)}" if nodes else ""
    return text(("summary",), place, words)


def _reached(modules: Sequence[Module], home: tuple[str, ...]) -> tuple[Module, ...]:
    """Keep the first file and those that can be reached from it: other graphs have their own."""
    known = {_dotted(module.path): module for module in modules}
    found: dict[str, Module] = {}
    waiting = list(modules[:1])
    while waiting:
        module = waiting.pop()
        if module.path not in found:
            found[module.path] = module
            for level, name in imported_modules(module):
                for one in (name,) if level else without_home(name, home):
                    waiting.extend(_imported(module, level, one, known))
    return tuple(found.values())


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(module: Module, level: int, name: str, known: dict[str, Module]) -> list[Module]:
    """Give the files that an import can mean: beside the file, or by the end of their path."""
    here = module.path.removesuffix(".py").split("/")
    if level:
        start = ".".join(here[:-level])
        whole = ".".join(part for part in (start, name) if part)
        return [known[whole]] if whole in known else []
    end = f".{name}"
    return [known[one] for one in known if name and f".{one}".endswith(end)]


def _environment(listed: Node, by: Speaker) -> Iterator[Statement]:
    for name, value in listed.pairs():
        shown = value.text if isinstance(value.value, str) else str(value.value)
        yield from variables([(name, shown, value)], by, local=True)


def _image(node: Node, by: Speaker) -> Iterator[Statement]:
    if node.value:  # tools that start a project write an empty list
        yield yes(node, "runtime.container", by=by)


def _dependencies(listed: Node, by: Speaker) -> Iterator[Statement]:
    for one in listed.items():
        name = one.text
        if not name or name.startswith((".", "/")):
            continue
        asked = wanted(name.replace("==", "@"), "pypi", load_rules().file.launch.floating)
        if not asked.fixed:
            note = f"{name} has no fixed version"
            yield answer(("supply", "pinned"), one, yes=False, by=by, note=note)
            return


_OWN: Own = {"environment": _environment, "image": _image, "dependencies": _dependencies}
KIND = kind_of("langgraph", read=read, looks_like=looks_like, together=as_system(read, read_inner))
