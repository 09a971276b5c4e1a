"""Names and texts as words: split at separators and humps, plurals brought to the singular."""

import re
from functools import lru_cache

_HUMPS = re.compile(
    r"[A-Z]+(?=V\d)|[vV]\d+(?![a-z])|[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z\u00df-\u024f])"
    r"|[A-Z]?[a-z\u00df-\u024f]+|[0-9]+|[^\W\d_a-zA-Z\u00df-\u024f]+",
)
_SHORTEST_PLURAL = 4
_VERSION = re.compile(r"^v?\d+$")
_IRREGULAR = {
    "indices": "index",
    "indexes": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "people": "person",
    "children": "child",
    "statuses": "status",
    "addresses": "address",
    "aliases": "alias",
    "viruses": "virus",
    "media": "media",
    "series": "series",
    "news": "news",
    "docs": "docs",
    "dns": "dns",
    "status": "status",
    "analyses": "analysis",
    "criteria": "criteria",
    "leaves": "leave",
    "movies": "movie",
    "cookies": "cookie",
    "lies": "lie",
    "queries": "query",
    "sms": "sms",
    "aws": "aws",
    "ios": "ios",
    "os": "os",
    "https": "https",
    "tls": "tls",
    "css": "css",
    "js": "js",
    "cvs": "cv",
    "processes": "process",
    "caches": "cache",
    "services": "service",
    "databases": "database",
    "releases": "release",
    "purchases": "purchase",
    "responses": "response",
    "licenses": "license",
    "cases": "case",
    "expenses": "expense",
    "phases": "phase",
    "bases": "base",
    "uses": "use",
    "this": "this",
    "atlas": "atlas",
    "canvas": "canvas",
    "gas": "gas",
    "bias": "bias",
    "kubernetes": "kubernetes",
    "postgres": "postgres",
}


@lru_cache(maxsize=8192)
def split_name(name: str) -> tuple[str, ...]:
    """Split snake, kebab, camel, dotted and spaced names into lower-case words."""
    return tuple(part.lower() for part in _HUMPS.findall(name))


def is_version(word: str) -> bool:
    """Tell whether a word is only a number or version mark, such as `v1`."""
    return _VERSION.match(word) is not None


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """Bring a plural noun to the singular; other words stay."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]
