"""What rules must say besides names that lead somewhere: wordings, estimates, days, braces."""

from collections.abc import Iterator
from string import Formatter
from typing import Any

from threatmodel.errors import InvalidFileError, refuse
from threatmodel.reading.positions import Steps, Tree, Value
from threatmodel.rules.class_compile import is_feature, known_features
from threatmodel.rules.links import Trees, fitting, found, unknown
from threatmodel.rules.load import FEATURED

_TEMPLATES = (
    ("policy/kinds.yaml", "kinds.*.says"),
    ("policy/kinds.yaml", "kinds.*.message"),
    ("policy/arguments.yaml", "*.allowed"),
    ("policy/arguments.yaml", "limits.*.allowed"),
    ("policy/pages.yaml", "pages.classes.*.does"),
    ("policy/pages.yaml", "pages.doing.*"),
    ("policy/pages.yaml", "pages.questions.*"),
    ("policy/pages.yaml", "pages.answers.*"),
)
"""Where sentences stand that may have these words in braces."""

_SLOTS = frozenset({"tool", "max", "window", "argument", "allowed", "tools", "values"})

_DAYS = (
    ("policy/advise.yaml", "advise.policy.effort"),
    ("policy/advise.yaml", "advise.conditions.*.effort"),
    ("policy/advise.yaml", "advise.powers.*.hold"),
    ("policy/advise.yaml", "advise.powers.*.without"),
)
"""Where working days stand."""

_NAMED_ROWS = (
    ("policy/recommended.yaml", "access.*.id"),
    ("policy/recommended_arguments.yaml", "arguments.*.id"),
)
"""Where rows of a list have ids."""


def check_whole(trees: Trees) -> None:
    """Refuse what rules leave out or cannot mean; raises all of it at once."""
    checks = (
        _unworded,
        _misplaced,
        _unfillable,
        _unestimated,
        _for_nothing,
        _elsewhere,
        _featureless,
        _told_twice,
    )
    refuse([fault for check in checks for fault in check(trees)])


def _unworded(trees: Trees) -> Iterator[InvalidFileError]:
    told = {name for _, _, name in found(trees, "wording/*", "threats.@")}
    for tree, path, name in found(trees, "threats/*", "threats.@"):
        if name not in told:
            layer = _said(tree, "layer")
            hint = f"write its text, attack and step into wording/{layer}.yaml"
            yield InvalidFileError(f"threat {name} has no wording", tree.places.key(path), hint)


def _misplaced(trees: Trees) -> Iterator[InvalidFileError]:
    """Find facts and threats in a file that is not theirs."""
    for file, part, head, form in (
        ("facts/*", "facts", "family", "{}."),
        ("threats/*", "threats", "layer", "TH-{}-"),
    ):
        for tree, path, name in found(trees, file, f"{part}.@"):
            own = _said(tree, head)
            if not name.startswith(form.format(own)):
                message = f"{name} stands in the file of {head} {own}"
                hint = f"ids here begin with {form.format(own)}"
                yield InvalidFileError(message, tree.places.key(path), hint)


def _unfillable(trees: Trees) -> Iterator[InvalidFileError]:
    """Find braces in policy sentences that nothing fills."""
    for file, way in _TEMPLATES:
        for tree, path, text in found(trees, file, way):
            for name in _slots(text) - _SLOTS:
                yield unknown(tree, path, name or "{}", _SLOTS)


def _slots(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a brace without its fellow
        return {""}


def _unestimated(trees: Trees) -> Iterator[InvalidFileError]:
    """Find factors of a profile that nothing estimates."""
    factors: dict[str, list[str]] = {}
    for tree, _, name in found(trees, "profiles/*", "factors.*.id"):
        factors.setdefault(_said(tree, "id"), []).append(name)
    extends = {_said(tree, "id"): name for tree, _, name in found(trees, "profiles/*", "extends")}
    told: set[str] = set()
    for tree, _, profile in found(trees, "factors/*", "profiles.*"):
        told.add(profile)
        alone = {"": tree}
        known = {name for way in _ESTIMATES for _, _, name in found(alone, "", way)}
        for factor in factors.get(profile) or factors.get(extends.get(profile, ""), []):
            if factor not in known:
                hint = "write its start and steps, or what it is the same as"
                says = f"nothing estimates {factor} of {profile}"
                yield InvalidFileError(says, tree.places.key(_held(tree)), hint)
    for tree, path, profile in found(trees, "profiles/*", "id"):
        if profile not in told:
            hint = f"write frameworks/factors/{profile}.yaml"
            yield InvalidFileError(f"nothing estimates {profile}", tree.places.of(path), hint)


def _held(tree: Tree) -> Steps:
    """Give the way to the estimates of a file."""
    same = isinstance(tree.value, dict) and "same_as" in tree.value
    return ("same_as", "factors") if same else ("factors",)


_ESTIMATES = ("factors.@", "same_as.factors.@")


def _for_nothing(trees: Trees) -> Iterator[InvalidFileError]:
    """Find what would take no day, or fewer."""
    for file, way in _DAYS:
        for tree, path, days in found(trees, file, way):
            if not days.isdecimal() or int(days) < 1:
                where, told = tree.places.of(path), ".".join(map(str, path))
                yield InvalidFileError(f"{told}: must be at least 1, not {days}", where, "in days")


def _elsewhere(trees: Trees) -> Iterator[InvalidFileError]:
    """Find stories that break best at a threat that is no step of theirs."""
    for tree, path, step in found(trees, "chains.yaml", "chains.*.breaks_best_at"):
        steps = [
            s for _, at, s in found(trees, "chains.yaml", "chains.*.steps.*") if at[1] == path[1]
        ]
        if step not in steps:
            says = f"chains.{path[1]}.breaks_best_at: {step} is no step of it"
            yield InvalidFileError(says, tree.places.of(path), f"one of: {', '.join(steps)}")


def _told_twice(trees: Trees) -> Iterator[InvalidFileError]:
    """Find rules of one kind under one id: what is said of the one would be taken for the other."""
    for file, way in _NAMED_ROWS:
        seen: set[str] = set()
        for tree, path, name in found(trees, file, way):
            if name in seen:
                says = f"{'.'.join(map(str, path))}: {name} stands here already"
                yield InvalidFileError(says, tree.places.of(path), "give it an id of its own")
            seen.add(name)


def _said(tree: Tree, key: str) -> str:
    return str(tree.value.get(key, "")) if isinstance(tree.value, dict) else ""


def _featureless(trees: Trees) -> Iterator[InvalidFileError]:
    """Find features that no tool can show."""
    known = known_features(_class_rows(trees))
    every = [f"{part}:{name}" for part, names in known.items() for name in names]
    for part in FEATURED:
        for tree, path, name in found(trees, "classes/*", f"{part}.*.when.*.*.*"):
            if not is_feature(name, known):
                yield unknown(tree, path, name, every)


_CLASS_ROWS = {
    "nouns": "kind", "verbs": "id", "classes": "id", "roles": "role", "cues": "id", "flags": "id",
    "traits": "id", "brakes": "id", "plain": "id", "otherwise": "id",
}  # fmt: skip
"""Parts of the classifier's files that features speak of, and what names their rows."""


def _class_rows(trees: Trees) -> dict[str, list[Any]]:
    """Join the classifier's files as far as features speak of them, before words are inflected."""
    rows: dict[str, list[Any]] = {part: [] for part in _CLASS_ROWS}
    for part, key in _CLASS_ROWS.items():
        for tree in fitting(trees, "classes/*"):
            for row in _listed(tree.value, part):
                if isinstance(row, dict) and key in row:
                    rows[part].append(row)
    rows["verbs"] = [
        verb | {part: {word: word for word in _listed(verb, part)} for part in ("words", "nouns")}
        for verb in rows["verbs"]
    ]
    return rows


def _listed(value: Value, key: str) -> list[Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, list) else []
