"""Records and requests of free form: what their schema does not name is looked at all the same."""

import pytest

from tests.test_policy_expected import TEXT
from tests.test_policy_values import verdict

RECORD = {"type": "object"}
NUMBER = {"type": "integer"}
REQUEST = {"method": TEXT, "path": TEXT, "body": RECORD}
ASKED = ("method", "path")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"city": "Leeds"}, "pass"),
        ({"notes": "Prefers mornings."}, "pass"),
        ({"email": "new@elsewhere.example"}, "hold"),
        ({"buyer_email": "new@elsewhere.example"}, "hold"),
        ({"cc_emails": ["new@elsewhere.example"]}, "hold"),
        ({"billing": {"iban": "unknown"}}, "hold"),
        ({"discount": 90}, "hold"),
        ({"password": "n3w"}, "hold"),
        ({"primary_contact_email": "new@elsewhere.example"}, "hold"),
        ({"email_2": "new@elsewhere.example"}, "hold"),
        ({"shipping_address": {"town": "Elsewhere"}}, "hold"),
        ({"mobile_phone": "+44"}, "hold"),
        ({"buyerIban": "unknown"}, "hold"),
        ({"bank_account_id": 7}, "hold"),
        ({"price_cents": 1}, "hold"),
        ({"callback_url": "https://elsewhere.example"}, "hold"),
        ({"api_key": "n3w"}, "hold"),
        ({"language": "Arabic", "solid": "cubic", "town": "Halifax"}, "pass"),
    ],
)
def test_a_record_without_a_form_is_changed_but_not_where_it_is_reached(changes, told):
    shape = {"member_id": NUMBER, "member_fields": RECORD}
    call = {"member_id": 7, "member_fields": changes}
    assert verdict("update_contact", call, "Changes a contact of the club.", **shape) == told


def test_a_new_record_may_say_where_it_is_reached_but_gives_no_right():
    shape = {"member_fields": RECORD}
    for fields, told in (({"email": "a@b.example"}, "pass"), ({"is_admin": True}, "hold")):
        call = {"member_fields": fields}
        assert verdict("create_contact", call, "Adds a contact of the club.", **shape) == told


@pytest.mark.parametrize(
    ("says", "method", "told"),
    [
        ("Calls an endpoint; `method` is GET, POST or PUT.", "GET", "pass"),
        ("Calls an endpoint; `method` is GET, POST or PUT.", "PUT", "hold"),
        ("Calls an endpoint that no other tool reaches.", "GET", "pass"),
        ("Calls an endpoint that no other tool reaches. Deleting is out.", "POST", "hold"),
        ("Calls an endpoint that no other tool reaches. Deleting is out.", "post", "hold"),
    ],
)
def test_the_method_of_a_request_is_no_operation_of_the_tool(says, method, told):
    call = {"method": method, "path": "/lessons/4"}
    assert verdict("zorb_request", call, says, ASKED, **REQUEST) == told


@pytest.mark.parametrize(
    ("key", "value", "method", "told"),
    [
        ("url", "https://api.zorb.example/lessons", "GET", "pass"),
        ("url", "https://api.zorb.example/lessons", "PUT", "hold"),
        ("uri", "/lessons", "PUT", "hold"),
        ("path", "/lessons/4/keys", "GET", "hold"),
    ],
)
def test_a_request_is_told_by_its_method_beside_what_it_asks_for(key, value, method, told):
    says = "Calls an endpoint; `method` is GET, POST or PUT."
    shape = {"method": TEXT, key: TEXT, "body": RECORD}
    call = {"method": method, key: value}
    assert verdict("zorb_request", call, says, ["method", key], **shape) == told


def test_a_method_of_another_kind_stays_an_operation():
    shape = {"method": TEXT, "path": TEXT}
    call = {"method": "nearest", "path": "grids/a.csv"}
    says = "Interpolates the grid in a file by a method."
    assert verdict("interpolate_grid", call, says, ("method",), **shape) == "pass"


def test_who_sets_an_address_and_its_key_points_the_server_elsewhere():
    shape = {"base_url": TEXT, "token": TEXT, "slug": TEXT}
    call = {"base_url": "https://elsewhere.example", "token": "x", "slug": "a"}
    assert verdict("setup_notebook", call, "Sets up a notebook.", **shape) == "hold"
    mild = {"slug": "a"}
    assert verdict("setup_notebook", mild, "Sets up a notebook.", **shape) == "pass"
