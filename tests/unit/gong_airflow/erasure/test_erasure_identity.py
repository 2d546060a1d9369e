"""What is taken for an address or a number, in which one spelling, and what the refusal tells."""

from __future__ import annotations

import pytest

from gong_airflow.erasure.identity import email_identity, identity, normal_address, phone_identity
from gong_airflow.errors import GongInputError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" Jane.Doe@Example.COM ", "jane.doe@example.com"),
        ("\uff2aane.doe\uff20example\uff0ecom", "jane.doe@example.com"),
        ("jane.doe@exam\u00adple.com", "jane.doe@example.com"),
        ("jane@m\u00fcller.de", "jane@xn--mller-kva.de"),
        ("jane@xn--mller-kva.de", "jane@xn--mller-kva.de"),
        ("o'neil+news@example.co.uk.", "o'neil+news@example.co.uk"),
        ("J\u00d6RG@example.com", "j\u00f6rg@example.com"),
    ],
)
def test_an_address_has_one_spelling(text: str, value: str) -> None:
    assert email_identity(text).value == value
    assert email_identity(text).forms == {f"email:{value}"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"Jane" <jane@example.com>', "without name"),
        ("mailto:jane@example.com", "mailto:"),
        ("jane@example.com, joe@example.com", "of one person"),
        ("jane doe@example.com", "without blanks"),
        ("jane\x00@example.com", "control character"),
        ("jane.example.com", "one @"),
        ("jane@doe@example.com", "one @"),
        ("@example.com", "one @"),
        ("jane@localhost", "domain with a dot"),
        ("jane@.com", "domain with a dot"),
        ("jane@-a.com", "domain with a dot"),
        ("jane@" + "\u00fc" * 70 + ".com", "domain with a dot"),
        ("j" * 65 + "@example.com", "one @"),
        ("j" * 300 + "@example.com", "254"),
        ("", "one @"),
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(text: str, told: str) -> None:
    with pytest.raises(GongInputError) as caught:
        email_identity(text)
    assert told in str(caught.value)
    assert "jane" not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("text", "value", "forms"),
    [
        ("+1 (425) 555-2671", "+14255552671", {"14255552671", "4255552671"}),
        ("\uff0b1\u00a0425\u2011555\u20112671", "+14255552671", {"14255552671", "4255552671"}),
        ("+44 (0)20 7946 0958", "+442079460958", {"442079460958", "2079460958", "02079460958"}),
        ("+39 06 698 1234", "+39066981234", {"39066981234", "066981234"}),
        # Not given out, so that nobody knows how it is written at home.
        ("+44 6555 267123", "+446555267123", {"446555267123", "6555267123", "06555267123"}),
        # Its national part has six digits: too short to be looked for alone.
        ("+290 22158", "+29022158", {"29022158"}),
    ],
)
def test_a_number_has_the_forms_of_home_and_abroad(text: str, value: str, forms: set[str]) -> None:
    assert phone_identity(text).value == value
    assert phone_identity(text).forms == {f"phone:{digits}" for digits in forms}
    assert phone_identity(text).form == f"phone:{value[1:]}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(425) 555-2671", "does not begin with +"),
        ("0014255552671", "does not begin with +"),
        ("+1 425 555 2671 ext. 12", "without letters and extension"),
        ("+1 800 FLOWERS", "without letters"),
        ("+1 425", "number of digits"),
        ("+999 425 555 2671", "country code"),
        ("+", "more than digits"),
        ("+" + "1" * 5000, "number of digits"),
    ],
)
def test_what_is_no_number_is_refused_without_being_quoted(text: str, told: str) -> None:
    with pytest.raises(GongInputError) as caught:
        phone_identity(text)
    assert told in str(caught.value)
    assert "425" not in str(caught.value)


def test_an_identity_never_shows_its_value() -> None:
    for one in (email_identity("jane@example.com"), phone_identity("+14255552671")):
        assert f"{one} {one!r} {[one]}" == f"Identity({one.kind}) Identity({one.kind}) [Identity({one.kind})]"
    assert identity("email", "a@b.c") == email_identity("a@b.c")
    with pytest.raises(GongInputError, match="email or phone"):
        identity("fax", "+14255552671")


@pytest.mark.parametrize(
    "text", ["@", "a@", "@b.c", "a@b", "a@\ud800.com", "\ud800@b.c", "a@b..c", "a@" + "\u3002" * 9]
)
def test_odd_addresses_do_no_harm(text: str) -> None:
    normal_address(text)
