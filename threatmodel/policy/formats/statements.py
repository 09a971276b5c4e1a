"""The shape of a statement that only reads, for engines that match text and cannot parse it.

One statement of known first words, made of tokens that are told apart without looking ahead: a
parenthesis opens only after an operator, a keyword or a function of the list, so that no other
function can be called; words that write, lock or run are not among the words. What reads by this
shape can still see all that its account may see, and a view or an operator of the database's own
may do more than it shows: only a role that cannot write closes that.
"""

from collections.abc import Iterable

from threatmodel.policy.formats.patterns import other_than

_NOT_READING = (
    *("into", "outfile", "dumpfile", "for", "lock", "update", "delete", "insert", "merge", "drop"),
    *("alter", "create", "truncate", "grant", "revoke", "deny", "exec", "execute", "call", "do"),
    *("set", "copy", "kill", "shutdown", "backup", "restore", "declare", "waitfor", "attach"),
    *("detach", "pragma", "vacuum", "reindex", "analyze", "load", "handler", "rename", "begin"),
    *("commit", "rollback", "bulk", "dbcc", "reconfigure", "procedure", "returning", "listen"),
)
"""Words of statements that change, lock or run something; some servers need no `;` between two."""

_BEFORE_PARENTHESES = (
    *("select", "from", "where", "and", "or", "not", "in", "on", "as", "over", "exists", "any"),
    *("all", "when", "then", "else", "like", "having", "by", "join", "union", "except", "is"),
    *("intersect", "values", "using", "distinct", "limit", "filter", "group", "between"),
)
_HARMLESS = (
    *("count", "sum", "avg", "min", "max", "stddev", "variance", "median", "string_agg"),
    *("array_agg", "group_concat", "percentile_cont", "percentile_disc", "coalesce", "nullif"),
    *("ifnull", "iif", "if", "nvl", "greatest", "least", "cast", "try_cast", "round", "floor"),
    *("ceil", "ceiling", "abs", "sqrt", "power", "mod", "sign", "exp", "ln", "log", "lower"),
    *("upper", "initcap", "length", "char_length", "substr", "substring", "trim", "ltrim"),
    *("rtrim", "replace", "concat", "concat_ws", "left", "right", "position", "split_part"),
    *("to_char", "to_date", "to_timestamp", "date", "time", "datetime", "strftime", "julianday"),
    *("date_trunc", "date_part", "date_diff", "datediff", "dateadd", "date_add", "date_sub"),
    *("extract", "now", "age", "year", "month", "day", "hour", "row_number", "rank"),
    *("dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value"),
    *("last_value", "json_extract", "json_array_length", "jsonb_array_length", "json_value"),
)
"""Functions that count, or work on texts, numbers, dates and JSON, and reach nothing else."""

_SPACE = r"[ \t\r\n]"
_OPENS = rf"(?:{_SPACE}*\()"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?\b"


def read_statement(kinds: Iterable[str]) -> str:
    """Match one statement that begins with a word of the list and only reads."""
    first = "|".join(rf"{_SPACE}+".join(map(_caseless, kind.split())) for kind in kinds)
    word = rf"\b{other_than(_NOT_READING, rest='A-Za-z0-9_', first='A-Za-z_')}\b"
    calls = "|".join(map(_caseless, (*_BEFORE_PARENTHESES, *_HARMLESS)))
    tokens = "|".join(
        (
            rf"{_SPACE}+",
            rf"\b(?:{calls})\b{_OPENS}+",
            rf"{word}(?:\.(?:[A-Za-z_][A-Za-z0-9_]*\b|\*))*",
            _NUMBER,
            r"'[^'\\]*'",
            '"[A-Za-z0-9_ .-]*"',
            "`[A-Za-z0-9_ .-]*`",
            r"\[[A-Za-z0-9_ .-]*\]",
            rf"->>?|[,=<>!+*%|&:~^]{_OPENS}*",
            rf"[-/](?:{_SPACE}|{_NUMBER}|\()",
            r"\)",
        )
    )
    return rf"^{_SPACE}*(?:{first})(?:{_OPENS}|\b)(?:{tokens})*;?{_SPACE}*$"


def _caseless(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word.lower())
