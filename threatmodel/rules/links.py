"""Every id that a rule names must lead somewhere: what may stand where, with its exact place."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from threatmodel.errors import InvalidFileError, refuse, suggestion
from threatmodel.reading.positions import Steps, Tree, Value

Trees = Mapping[str, Tree]
"""Rule files as they stand, by their name below frameworks/."""

# A way leads from the top of a file to what is meant: `*` is every item or key, `@` the keys.

_DEFINED: dict[str, tuple[str, str]] = {
    "fact": ("facts/*", "facts.@"),
    "control": ("controls.yaml", "controls.@"),
    "capability": ("capabilities.yaml", "capabilities.@"),
    "layer": ("layers.yaml", "layers.@"),
    "threat": ("threats/*", "threats.@"),
    "mitigation": ("mitigations.yaml", "mitigations.@"),
    "clause": ("clauses.yaml", "clauses.@"),
    "namespace": ("catalogue.yaml", "namespaces.@"),
    "profile": ("profiles/*", "id"),
    "factor": ("profiles/*", "factors.*.id"),
    "class": ("classes/*", "classes.*.id"),
    "verb": ("classes/*", "verbs.*.id"),
    "role": ("classes/*", "roles.*.role"),
    "wider role": ("classes/*", "roles.*.as"),
    "flag": ("classes/*", "flags.*.id"),
    "kind of thing": ("classes/*", "nouns.*.kind"),
    "confidence": ("classes/*", "confidence.@"),
    "kind of guard": ("policy/kinds.yaml", "kinds.@"),
    "argument rule": ("policy/recommended_arguments.yaml", "arguments.*.id"),
    "family": ("facts/*", "family"),
    "damage": ("wording/paths.yaml", "impacts.@"),
    "access rule": ("policy/recommended.yaml", "access.*.id"),
    "thing that a text carries": ("policy/shapes.yaml", "shapes.carried.@"),
}
"""What there is -> where it is written down."""

_TOOLS = {"classes": "class", "flags": "flag", "roles": "role", "effects": "verb", "verbs": "verb"}
"""Fields by which a policy rule picks tools, and what each of them names."""

_ADVISED = tuple(
    (way, kind)
    for kind, ways in {
        "fact|control": "conditions.*.fact conditions.*.also.@ conditions.*.needs.*",
        "fact of tools": "powers.*.shows.* amounts.* does.*.shows.*",
        "fact": "either.*.* together.*.facts.* themes.*.parts.@ beyond.*.fact",
        "kind of thing": "beyond.*.kinds.* does.*.but.*",
        "family": "confirm.*.families.*",
        "damage": "losses.* gravest.@",
        "verb": "does.*.verbs.*",
        "class": "does.*.classes.*",
    }.items()
    for way in ways.split()
)
"""Ways into what may be asked for, and what stands there."""

_PICKS = (
    ("policy/recommended.yaml", "access.*.tools"),
    ("policy/recommended_arguments.yaml", "arguments.*.tools"),
    ("policy/flow.yaml", "taint.sinks"),
    ("policy/flow.yaml", "taint.exempt"),
    ("policy/flow.yaml", "taint.everyday.*"),
    ("policy/flow.yaml", "taint.handed.tools.*"),
    ("policy/residual.yaml", "credits.*.covers.*"),
)

_NAMED: tuple[tuple[str, str, str], ...] = (
    ("layers.yaml", "layers.*.asks.*", "fact|control"),
    ("threats/*", "threats.*.clauses.*", "clause"),
    ("threats/*", "threats.*.mitigations.*", "mitigation"),
    ("threats/*", "threats.*.raise_if.*", "fact|capability"),
    ("threats/*", "threats.*.raise_impact.*", "fact|capability"),
    ("threats/*", "threats.*.tools.*", "fact of tools"),
    ("threats/*", "threats.*.refs.@", "threat namespace"),
    ("mitigations.yaml", "mitigations.*.gives.*", "control"),
    ("mitigations.yaml", "mitigations.*.clauses.*", "clause"),
    ("mitigations.yaml", "mitigations.*.refs.@", "mitigation namespace"),
    ("names.yaml", "names.@", "namespace"),
    ("cascades.yaml", "cascades.@", "threat"),
    ("cascades.yaml", "cascades.*.*.*", "threat"),
    ("cascades.yaml", "loops.*.*", "threat"),
    ("chains.yaml", "chains.*.steps.*", "threat"),
    ("chains.yaml", "chains.*.breaks_best_at", "threat"),
    ("chains.yaml", "combinations.*.threat", "threat"),
    ("chains.yaml", "combinations.*.legs.*", "capability"),
    ("hosts.yaml", "hosts.*.facts.@", "fact|capability"),
    ("derivations.yaml", "rules.*.fact", "fact|control|capability"),
    ("system.yaml", "labels.*.fact", "fact|capability"),
    ("system.yaml", "acts.*.fact", "fact|capability"),
    ("system.yaml", "settles.*", "fact|capability"),
    ("profiles/*", "extends", "profile"),
    ("factors/*", "profiles.*", "profile"),
    ("factors/*", "factors.@", "factor"),
    ("factors/*", "same_as.profile", "profile"),
    ("factors/*", "same_as.factors.@", "factor"),
    ("factors/*", "same_as.factors.*", "factor"),
    ("importers.yaml", "office_capabilities.*.facts.*", "fact|control"),
    ("importers.yaml", "python.does.*", "fact"),
    ("importers.yaml", "python.does_with_free.*", "fact"),
    ("wording/L?.yaml", "threats.@", "threat"),
    ("wording/XL.yaml", "threats.@", "threat"),
    ("wording/layers.yaml", "layers.@", "layer"),
    ("wording/phrases.yaml", "leads.@", "shown"),
    ("wording/phrases.yaml", "deeds.*", "fact of tools"),
    ("wording/phrases.yaml", "inward.*", "fact of tools"),
    ("wording/phrases.yaml", "verbs.@", "shown"),
    ("wording/phrases.yaml", "objects.*.tools", "shown"),
    ("wording/phrases.yaml", "objects.*.picks.*", "verb"),
    ("wording/phrases.yaml", "objects.*.of.@", "kind of thing"),
    ("wording/phrases.yaml", "objects.*.but.*", "kind of thing"),
    ("wording/phrases.yaml", "arguments.*.tools", "shown"),
    ("wording/phrases.yaml", "arguments.*.picks.*", "role"),
    ("wording/paths.yaml", "gate", "threat"),
    ("wording/paths.yaml", "stops.*", "clause"),
    ("wording/paths.yaml", "costs.@", "mitigation"),
    ("wording/paths.yaml", "entries.*.id", "fact|capability"),
    ("wording/paths.yaml", "entries.*.threats.*", "threat"),
    ("wording/paths.yaml", "impacts.*.threats.*", "threat"),
    ("wording/paths.yaml", "impacts.*.told_unless", "fact of tools"),
    ("wording/paths.yaml", "impacts.*.like", "damage"),
    ("wording/paths.yaml", "no_trace.threats.*", "threat"),
    ("wording/paths.yaml", "capabilities.@", "fact|capability"),
    ("classes/*", "traits.*.id", "fact that a tool shows"),
    ("classes/*", "plain.*.id", "fact that a tool shows"),
    ("classes/*", "foreign.*.group", "verb"),
    ("classes/*", "settles.*.role", "role"),
    ("classes/*", "raises.*.sure", "confidence"),
    ("classes/*", "lowers.*.sure", "confidence"),
    *(
        ("classes/*", f"verbs.*.objects.*.{field}.*", "kind of thing")
        for field in ("kinds", "head", "context", "unless", "none_of")
    ),
    ("policy/kinds.yaml", "kinds.*.clauses.*", "clause"),
    ("policy/arguments.yaml", "limits.*.clause", "clause"),
    ("policy/arguments.yaml", "limits.*.roles.*", "role"),
    ("policy/arguments.yaml", "values.clause", "clause"),
    ("policy/arguments.yaml", "items.clause", "clause"),
    ("policy/classes.yaml", "derived.counted_items.*", "role"),
    ("policy/recommended_arguments.yaml", "arguments.*.clause", "clause"),
    ("policy/recommended_arguments.yaml", "arguments.*.roles.*", "role"),
    ("policy/recommended_arguments.yaml", "arguments.*.free_of.*", "thing that a text carries"),
    ("policy/recommended_arguments.yaml", "arguments.*.takes.*", "fact of tools"),
    ("policy/recommended_arguments.yaml", "arguments.*.turns.@", "fact of tools"),
    ("policy/recommended_arguments.yaml", "arguments.*.turns.*", "fact of tools"),
    ("policy/recommended_arguments.yaml", "arguments.*.leaves", "class"),
    ("policy/recommended.yaml", "access.*.lifted_by.*", "argument rule"),
    ("policy/recommended.yaml", "access.*.takes.*", "fact of tools"),
    ("policy/recommended*", "*.*.tools.shows.*", "fact of tools"),
    ("policy/flow.yaml", "taint.sources.*", "flag"),
    ("policy/flow.yaml", "taint.handed.lifted_by.*", "argument rule"),
    ("policy/flow.yaml", "taint.handed.tools.*.shows.*", "fact of tools"),
    ("policy/flow.yaml", "sequence.*.*.*", "verb"),
    ("policy/flow.yaml", "inherit.from.*", "verb"),
    ("policy/flow.yaml", "inherit.to.*", "verb"),
    ("policy/flow.yaml", "inherit.but.*", "access rule"),
    ("policy/residual.yaml", "condition.threat", "threat"),
    ("policy/residual.yaml", "attended_keep.*", "fact that a tool shows"),
    ("policy/residual.yaml", "credits.*.control", "control"),
    ("policy/residual.yaml", "credits.*.mitigation", "mitigation"),
    ("policy/residual.yaml", "credits.*.clauses.*", "clause"),
    ("policy/residual.yaml", "credits.*.set_wide.*", "kind of guard"),
    ("policy/residual.yaml", "credits.*.covers.*.kinds.*", "kind of guard"),
    ("policy/residual.yaml", "credits.*.covers.*.asked.*", "fact of tools"),
    *((file, f"{way}.{field}.*", kind) for file, way in _PICKS for field, kind in _TOOLS.items()),
    ("wording/paths.yaml", "entries.*.cures.*", "fact|control"),
    *(("policy/advise.yaml", f"advise.{way}", kind) for way, kind in _ADVISED),
    ("policy/pages.yaml", "pages.doing.@", "verb"),
    ("policy/pages.yaml", "pages.carried.*", "verb"),
    ("policy/pages.yaml", "pages.reading.*", "verb"),
    ("policy/pages.yaml", "pages.either.*", "verb"),
    ("policy/pages.yaml", "pages.plainly.*", "verb"),
)
"""File, way, and what stands there; `|` between kinds any of which will do."""


def check_links(trees: Trees, unread: Collection[str] = ()) -> None:
    """Refuse every name that leads nowhere; raises all of them at once.

    `unread` names files that are no YAML: what may be written down in them is not missed.
    """
    own = () if unread else (*_uncited(trees), *_ungrouped(trees))
    refuse([*_dangling(trees, unread), *own])


def _dangling(trees: Trees, unread: Collection[str]) -> Iterator[InvalidFileError]:
    known = _known(trees)
    lost = {kind for kind, (file, _) in _DEFINED.items() if _any_fits(unread, file)}
    for file, way, kind in _NAMED:
        if any(_hangs_on(one, lost) for one in kind.split("|")):
            continue
        choices = frozenset[str]().union(*(known[one] for one in kind.split("|")))
        for tree, path, name in found(trees, file, way):
            if name not in choices:
                yield unknown(tree, path, name, choices, key=way.endswith("@"))


def _uncited(trees: Trees) -> Iterator[InvalidFileError]:
    """Find references that have no name in the list of theirs."""
    for file in ("threats/*", "mitigations.yaml"):
        for space, names in _names(trees).items():
            for tree, path, name in found(trees, file, f"*.*.refs.{space}.*"):
                if name not in names:
                    yield unknown(tree, path, name, names)


def _any_fits(names: Iterable[str], file: str) -> bool:
    return any(fnmatchcase(name, file) for name in names)


def _hangs_on(kind: str, lost: Collection[str]) -> bool:
    """Tell whether a kind is one that is lost, or made of it: `fact of tools`, `shown`."""
    whole = "fact" if kind == "shown" else kind
    return any(whole.startswith(one) or whole.endswith(one) for one in lost)


def _known(trees: Trees) -> dict[str, frozenset[str]]:
    known = {
        kind: frozenset(name for _, _, name in found(trees, file, way))
        for kind, (file, way) in _DEFINED.items()
    }
    known["role"] |= known.pop("wider role") | {"other"}
    known["argument rule"] |= {"agreed-values"}  # made of the description's own `policy.values`
    for kind, ours in (("fact that a tool shows", ("t.", "d.", "ma.")), ("fact of tools", ("t.",))):
        known[kind] = frozenset(name for name in known["fact"] if name.startswith(ours))
    known["shown"] = known["fact of tools"] | known["capability"]
    used_for = list(found(trees, "catalogue.yaml", "namespaces.*.used_for"))
    for kind, other in (("threat", "mitigation"), ("mitigation", "threat")):
        names = frozenset(str(path[1]) for _, path, whose in used_for if whose != other)
        known[f"{kind} namespace"] = names
    return known


def _names(trees: Trees) -> dict[str, frozenset[str]]:
    """Give the ids of each namespace whose names we carry: all that is cited must have one."""
    names: dict[str, set[str]] = {}
    for _, path, name in found(trees, "names.yaml", "names.*.@"):
        names.setdefault(str(path[1]), set()).add(name)
    return {space: frozenset(some) for space, some in names.items()}


def unknown(
    tree: Tree, path: Steps, name: str, known: Iterable[str], *, key: bool = False
) -> InvalidFileError:
    """Say that a name, or a key, is none of those that are known."""
    where = tree.places.key(path) if key else tree.places.of(path)
    told = ".".join(map(str, path[:-1] if key else path))
    return InvalidFileError(f"{told}: unknown {name}", where, suggestion(name, frozenset(known)))


def _ungrouped(trees: Trees) -> Iterator[InvalidFileError]:
    """Find names of groups of phrases that there is no group of."""
    own = found(trees, "policy/recommended.yaml", "groups.@")
    groups = frozenset(f"@{name}" for _, _, name in own)
    for way in ("*.*.tools.*.*", "arguments.*.names.*", "arguments.*.beside.*"):
        for tree, path, text in found(trees, "policy/recommended*", way):
            if text.startswith(("@", "^@")) and text.removeprefix("^") not in groups:
                yield unknown(tree, path, text, groups)


def fitting(trees: Trees, file: str) -> Iterator[Tree]:
    """Give the files whose name fits, such as `threats/*`."""
    return (tree for name, tree in trees.items() if fnmatchcase(name, file))


def found(trees: Trees, file: str, way: str) -> Iterator[tuple[Tree, Steps, str]]:
    """Give what stands at a way, in every file that fits: its path and the text."""
    for tree in fitting(trees, file):
        for path, text in _at(tree.value, tuple(way.split(".")), ()):
            yield tree, path, text


def _at(value: Value, way: tuple[str, ...], path: Steps) -> Iterator[tuple[Steps, str]]:
    if not way:
        if isinstance(value, str | int):
            yield path, str(value)
        return
    step, rest = way[0], way[1:]
    if step == "@":
        yield from (((*path, key), key) for key in value) if isinstance(value, dict) else ()
        return
    inner: Iterable[tuple[str | int, Value]] = ()
    if isinstance(value, dict):
        inner = value.items() if step == "*" else [(step, value[step])] if step in value else ()
    elif isinstance(value, list) and step == "*":
        inner = enumerate(value)
    for key, one in inner:
        yield from _at(one, rest, (*path, key))
