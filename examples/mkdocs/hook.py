"""Puts scores into the pages: what MkDocs calls is in the package."""  # noqa: INP001 - a script

from threatmodel.catalogue.mkdocs import on_config, on_page_markdown

__all__ = ["on_config", "on_page_markdown"]
