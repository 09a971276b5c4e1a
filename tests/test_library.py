"""The engine from Python: the stable names, the examples of the guide, scores in other sites."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment
from markupsafe import Markup

import threatmodel
from threatmodel import AivssError, assess, embed, load_agent, render
from threatmodel.catalogue import mkdocs
from threatmodel.catalogue.jinja import SHOWN_KINDS, score_function
from threatmodel.threats.finding import Finding

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs/python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.+?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_a_field_that_waits_is_no_attribute_of_its_class():
    """Tools that look for one, such as a documentation's, ask by `hasattr`."""
    assert not hasattr(Finding, "title")
    assert hasattr(Finding, "text")


def test_every_name_of_the_interface_is_there_and_documented():
    for name in threatmodel.__all__:
        assert getattr(threatmodel, name) is not None
        assert f"`{name}" in GUIDE, name
    assert set(threatmodel.__all__) <= set(dir(threatmodel))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'asess'"):
        _ = threatmodel.asess


def test_importing_the_package_imports_nothing_else():
    code = "import sys, threatmodel; print(sorted(m for m in sys.modules if 'threatmodel.' in m))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("example", EXAMPLES[:2])
def test_the_examples_of_the_guide_run(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").mkdir()
    for name in ("confluent.yaml", "confluent.tools.json"):
        (tmp_path / "agents" / name).write_bytes((ROOT / "agents" / name).read_bytes())
    exec(compile(example, "python.md", "exec"), {})  # noqa: S102 - the guide's own words
    assert capsys.readouterr().out
    assert (tmp_path / "confluent.html").is_file() or (tmp_path / "public/index.html").is_file()


def test_the_library_gives_what_the_command_line_gives():
    assessment = assess(load_agent(ROOT / "agents/weather.yaml"))
    assert str(assessment.score.value) in embed("badge", assessment)
    assert assessment.agent.name in str(render("markdown", assessment))


@pytest.fixture
def aivss():
    return score_function(ROOT / "agents", link="https://example.org/{id}")


@pytest.mark.parametrize("kind", SHOWN_KINDS)
def test_a_template_shows_each_kind_unescaped_and_once_assessed(aivss, kind):
    page = Environment(autoescape=True).from_string("{{ aivss(file, kind) }}")
    shown = page.render(aivss=aivss, file="weather.yaml", kind=kind)
    assert shown == aivss("weather.yaml", kind)
    assert isinstance(aivss("weather.yaml", kind), Markup)
    if kind in ("badge", "card", "json-ld"):
        assert "https://example.org/weather" in shown


def test_a_template_is_told_of_a_wrong_kind_and_of_files_outside(aivss):
    with pytest.raises(AivssError, match=r"no kind 'cart'[\s\S]*card"):
        aivss("weather.yaml", "cart")
    with pytest.raises(AivssError, match="outside"):
        aivss("../README.md")


def test_hostile_names_stay_text_in_templates(tmp_path):
    (tmp_path / "x.yaml").write_text("name: <img src=x onerror=alert(1)>\n", encoding="utf-8")
    shown = score_function(tmp_path, link='javascript:alert("1")')
    for kind in SHOWN_KINDS:
        assert "<img src=x" not in shown("x.yaml", kind)
        assert not re.search(r"""(href|src)=["']?javascript""", shown("x.yaml", kind))


def test_the_jinja_example_builds(tmp_path):
    target = tmp_path / "page.html"
    subprocess.run([sys.executable, ROOT / "examples/jinja/build.py", target], check=True)
    page = target.read_text("utf-8")
    assert page.count("shadowrootmode") == 2
    assert "AIVSS" in page


def test_markdown_gets_scores_outside_of_code_alone():
    config = SimpleNamespace(
        config_file_path=str(ROOT / "examples/mkdocs/mkdocs.yml"),
        extra={"aivss": {"folder": "../../agents", "link": "https://example.org/{id}"}},
    )
    page = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    source = (ROOT / "examples/mkdocs/docs/index.md").read_text("utf-8")
    assert mkdocs.on_config(config) is config
    made = mkdocs.on_page_markdown(source, page, config)
    assert made.count("{{ aivss(") == 1
    assert "\n\n" not in made[made.index("<style>") : made.index("</style>")]
    assert "https://example.org/confluent" in made
    wrong = '{{ aivss("nowhere.yaml") }}'
    with pytest.raises(AivssError, match=r"index\.md: .*nowhere\.yaml"):
        mkdocs.on_page_markdown(wrong, page, config)


@pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="needs mkdocs")
def test_the_mkdocs_example_builds(tmp_path):
    config = ROOT / "examples/mkdocs/mkdocs.yml"
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-f", config, "-d", tmp_path / "site"]
    subprocess.run(command, check=True)
    page = (tmp_path / "site/index.html").read_text("utf-8")
    assert "shadowrootmode" in page
    assert "Why this score" in page
