"""Catalogues: a folder of descriptions in, a static site out; also a folder of reports."""
