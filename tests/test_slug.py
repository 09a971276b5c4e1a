"""Names from strangers become file names, ids and addresses."""

from hypothesis import given
from hypothesis import strategies as st

from threatmodel.errors import SHORT, distinct_slugs, slug


@given(st.text())
def test_a_slug_is_safe_short_and_stays_itself(name):
    made = slug(name, SHORT)
    assert 1 <= len(made) <= SHORT
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(made, SHORT) == made


@given(st.lists(st.sampled_from(["Shop", "shop", "shop-2", "SHOP!", "", "名前", "店"]), max_size=9))
def test_distinct_names_never_meet(names):
    made = distinct_slugs(names)
    assert len(set(made)) == len(names)
