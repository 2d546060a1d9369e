"""Addresses and numbers are found however they are written, parts of others are not, in linear time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.spelling import BLANK, blank, holds, mentions
from include.emulator.privacy_spelling import spellings

PERSON = (
    email_identity("jane.doe@example.com"),
    email_identity("j_smith-lee@mail.example.co.uk"),
    email_identity("jane@m\u00fcller.de"),
    phone_identity("+14255552671"),
    phone_identity("+442079460958"),
)
KNOWN: Callable[[str], bool] = frozenset(form for one in PERSON for form in one.forms).__contains__


def blanked(text: str) -> str:
    new, count = blank(text, KNOWN)
    assert count == new.count(BLANK) - text.count(BLANK)
    assert holds(text, KNOWN) == bool(count)
    assert blank(new, KNOWN) == (new, 0)
    return new


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("jane.doe@example.com", "#"),
        ("Write to Jane.Doe@EXAMPLE.com.", "Write to #."),
        ("Jane <jane.doe@example.com>, Joe", "Jane <#>, Joe"),
        ("<mailto:jane.doe@example.com?subject=x>", "<mailto:#?subject=x>"),
        ("'jane.doe@example.com'", "'#'"),
        ("(jane.doe@example.com)", "(#)"),
        ("*jane.doe@example.com* _jane.doe@example.com_", "*#* _#_"),
        ("a:jane.doe@example.com;jane.doe@example.com", "a:#;#"),
        ("jane.doe@example.com\njane.doe@example.com\t", "#\n#\t"),
        (r'{"to": "x\njane.doe@example.com\tAnd"}', r'{"to": "x\n#\tAnd"}'),
        (r"\u003cjane.doe\u0040example.com\u003e", r"\u003c#\u003e"),
        ("https://a.example/x?email=jane.doe%40example.com&y=1", "https://a.example/x?email=#&y=1"),
        ("to%3Djane.doe%40example.com%26", "to%3D#%26"),
        ("q=mail+jane.doe%2540example.com", "q=mail+#"),
        ("&lt;jane.doe&#64;example.com&gt; &commat;", "&lt;#&gt; &commat;"),
        ("jane.doe&commat;example.com", "#"),
        ("\uff4aane.doe\uff20example\uff0ecom", "#"),
        ("jane.doe@ex\u00adample.com\u200b", "#"),
        ("jane.doe (at) example.com", "#"),
        ("jane.doe[at]example[dot]com", "#"),
        ("jane(dot)doe ( at ) example (dot) com!", "#!"),
        ("jane.doe <at> example.com", "#"),
        ("JANE.DOE AT EXAMPLE DOT COM", "#"),
        ("jane.doe @ example.com", "#"),
        ("mail me at jane dot doe at example dot com please", "mail me at # please"),
        ("It is jane dot doe at example.com. Thanks", "It is #. Thanks"),
        ("Jane. Doe at example. com. I will", "#. I will"),
        ("Hello. jane.doe@example.com. Bye. com", "Hello. #. Bye. com"),
        ("jane dot doe@example.com", "#"),
        ("It is jane dot doe. At example dot com", "It is #"),
        ("j underscore smith dash lee at mail dot example dot co dot uk", "#"),
        ("It is j underscore smith minus lee at mail.example.co.uk, ok", "It is #, ok"),
        ("my address is j a n e dot d o e at example dot com", "my address is #"),
        ("Her mail jane@m\u00fcller.de or jane@xn--mller-kva.de", "Her mail # or #"),
        ("jane arobase m\u00fcller point de", "#"),
    ],
)
def test_an_address_is_found_in_all_its_spellings(text: str, left: str) -> None:
    assert blanked(text) == left.replace("#", BLANK)


@pytest.mark.parametrize(
    "text",
    [
        "mary.jane.doe@example.com",
        "mary-jane.doe@example.com",
        "x+jane.doe@example.com",
        "jane.doe+x@example.com",
        "jane.doe@example.com.au",
        "jane.doe@example.comx",
        "jane.doe@example.com-x",
        "jane.doe@my.example.com",
        "mary dot jane dot doe at example dot com",
        "mary.jane dot doe at example dot com",
        "jane dot doe at example dot com dot au",
        "jane at example dot com",
        "We met at example.com, jane.doe",
        "o'jane.doe@example.com",
        "\u00fcjane.doe@example.com",
        "jane.doe@example,com",
        "jane.doe@" + "x" * 80 + ".com",
    ],
)
def test_a_part_of_another_address_is_not_found(text: str) -> None:
    assert blanked(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("+14255552671", "#"),
        ("Call +1 (425) 555-2671.", "Call #."),
        ("(+1) 425 555 2671", "#"),
        ("1-425-555-2671", "#"),
        ("001 425 555 2671 / 011 1 425 555 2671", "# / #"),
        ("(425) 555-2671, 425.555.2671, 425/555-2671", "#, #, #"),
        ("(call 4255552671)", "(call #)"),
        ("4255552671 ext. 12 x4255552671", "# ext. 12 x#"),
        ("tel:+1-425-555-2671;ext=3", "tel:#;ext=3"),
        ("+1\u00a0425\u2009555\u20112671", "#"),
        ("\uff0b\uff11 \uff14\uff12\uff15 \uff15\uff15\uff15 \uff12\uff16\uff17\uff11", "#"),
        ("\u202a+1 425\u200b555 2671\u202c", "\u202a#\u202c"),
        ("4 2 5, 5 5 5 or 4 2 5 5 5 5 2 6 7 1", "4 2 5, 5 5 5 or #"),
        ("+44 (0)20 7946 0958, 020 7946 0958, 0044 20 7946 0958", "#, #, #"),
        ("on 425 555 2671 10 times", "on # 10 times"),
        ("+1 425 555 2671 206 555 0100", "# 206 555 0100"),
        ("+12065550100 425 555 2671", "+12065550100 #"),
        ("2026-11-20 4255552671", "2026-11-20 #"),
    ],
)
def test_a_number_is_found_in_all_its_spellings(text: str, left: str) -> None:
    assert blanked(text) == left.replace("#", BLANK)


@pytest.mark.parametrize(
    "text",
    [
        "14255552671000000000",
        "00014255552671",
        "94255552671",
        "42555526711",
        "+44 425 555 2671",
        "0044 425 555 2671",
        "425 555 267",
        "425 555, 2671",
        "2026-11-20T10:00:00Z",
        "4255:552671",
    ],
)
def test_a_part_of_another_number_is_not_found(text: str) -> None:
    assert blanked(text) == text


@pytest.mark.parametrize("text", spellings(["jane.doe@example.com"], ["+1 (425) 555-2671", "+442079460958"]))
def test_all_that_the_emulator_has_people_say_is_found(text: str) -> None:
    """It knows nothing of our code."""
    assert holds(f"Well, {text}, or so.", KNOWN)
    assert blank(text, KNOWN)[1] == 1


def test_each_beginning_that_a_sentence_leaves_open_is_a_candidate() -> None:
    found = {form for _, _, form in mentions("reach me at jane dot doe at example dot com")}
    assert {"email:jane.doe@example.com"} <= found
    found = {form for _, _, form in mentions("ask jane doe at example dot com")}
    assert {"email:doe@example.com", "email:janedoe@example.com"} <= found


def test_mentions_that_touch_are_counted_by_themselves() -> None:
    assert blank("jane.doe@example.com,jane.doe@example.com", KNOWN) == (f"{BLANK},{BLANK}", 2)


HOSTILE = {
    "signs": "@" * 200_000,
    "digits": "1" * 200_000,
    "spoken": "a at " * 40_000,
    "open": "a@" * 100_000,
    "joined": "a@b." * 50_000,
    "dots": "a." * 100_000,
    "domain": "a@" + "b." * 100_000,
    "local": "x" * 200_000 + "@b.c",
    "blanks": " " * 200_000,
    "words": " dot " * 40_000,
    "brackets": "at(" * 60_000,
    "entities": "&#" * 100_000,
    "percent": "%40" * 60_000,
    "separators": "1" + "-" * 200_000,
    "hyphens": "a@" + "-" * 200_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_takes_linear_time(kind: str) -> None:
    """Ten times the text, about ten times the work; what is quadratic would take a hundred times as long."""
    text = HOSTILE[kind]

    def work(part: str) -> float:
        begin = time.process_time()
        for _ in mentions(part):
            pass
        return time.process_time() - begin

    tenth = max(min(work(text[: len(text) // 10]) for _ in range(3)), 0.005)
    assert work(text) < 50 * tenth
