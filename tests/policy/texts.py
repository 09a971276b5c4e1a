"""Texts made of the pieces that trick checks of paths, addresses, recipients and statements."""

from hypothesis import strategies as st

ROOTS = ("/srv/data", "/home/a.b")
HOSTS = ("api.example.com", "*.example.org")
PEOPLE = ("ann@example.com", "@example.org")
KINDS = ("SELECT", "SHOW TABLES")


def joined(*pieces, most=6, by=""):
    """Join some of the pieces."""
    return st.lists(st.sampled_from(pieces), max_size=most).map(by.join)


PATHS = st.text(max_size=12) | joined(
    *("/srv/data", "/srv/datax", "..", ".", "", "a", ".hidden", "...", "%2e", "\\"),
    *("\uff0e", "\u2025"),
    by="/",
)
URLS = joined(
    *("https://", "http://", "api.example.com", "x.example.org", "evil.net", "@", ":", "/", "?"),
    *("#", "\\", ".", "443", "%2f", "\n", " ", "[::1]", "api.example.com.", "\u0430pi.example.com"),
    *(".example.org", "-", "x"),
)
MAIL = joined(
    *("ann", "@example.org", "ann@example.com", "eve@evil.net", ",", " ", "<", "\n", '"', "."),
    most=4,
)
SQL = joined(
    *("SELECT", "select", "DROP", " ", "1", ";", "--", "/*", "*/", "x", "\n", "-", "/"),
    *("SHOW TABLES", "(", ")"),
    most=7,
)
