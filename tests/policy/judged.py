"""What texts really are, judged by the standard library and plain reading, not by patterns."""

import posixpath
from urllib.parse import urlsplit

from tests.policy.texts import ROOTS


def is_path(path):
    """Tell whether a path stays under a folder, with nothing encoded in it."""
    normal = posixpath.normpath(path)
    inside = any(normal == root or normal.startswith(f"{root}/") for root in ROOTS)
    return inside and "%" not in path and "\\" not in path


def is_listed(host):
    """Tell whether a host is on the list."""
    return host == "api.example.com" or host.endswith(".example.org")


def is_address(url):
    """Tell whether an address leads to a listed host."""
    found = urlsplit(url)
    plain = found.username is None and "\\" not in url
    return found.scheme in ("http", "https") and plain and is_listed(found.hostname or "")


def is_host(host):
    """Tell whether a host, with or without a port, is listed."""
    return is_listed(host.partition(":")[0])


def is_recipient(address):
    """Tell whether a text is one allowed address."""
    one = address.count("@") == 1 and not set(address) & set(' ,;<>"\n')
    return one and (address == "ann@example.com" or address.endswith("@example.org"))


def is_statement(text):
    """Tell whether a text is one statement of an allowed kind."""
    bare = text.strip()
    one = ";" not in bare.rstrip(";") and "--" not in bare and "/*" not in bare
    return one and bare.upper().startswith(("SELECT", "SHOW TABLES"))
