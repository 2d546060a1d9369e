"""The cheap check misses nothing that counts as a mention, and lets hardly anything else pass."""

from __future__ import annotations

import json
import random
import time
import unicodedata

import pytest
from copies_world import EMAIL, OTHERS, PHONE, WORDS, WRITTEN, person

from gong_airflow.erasure.identity import Identity, email_identity, phone_identity
from gong_airflow.erasure.matching import blank_record
from gong_airflow.erasure.spelling import holds
from include.erasure.copies.clues import Clues
from include.erasure.copies.patterns import Patterns
from include.erasure.copies.texts import blanked_json
from include.erasure.person import Person

PEOPLE = [
    email_identity(EMAIL),
    email_identity("info@gmx.de"),
    email_identity("o'brien_jr+work@my-company.co.uk"),
    email_identity("jürgen.weiß@straße.de"),
    email_identity("用户@例子.公司"),
    email_identity("j@x.io"),
    phone_identity(PHONE),
    phone_identity("+44 20 7946 0018"),
    phone_identity("+49 30 1234567"),
    phone_identity("+39 06 698 12345"),
]
HIDDEN = ["\u200b", "\u00ad", "\u2060"]
DOTS = [".", " dot ", "[dot]", " (dot) ", "．", "。", ". ", " Dot "]
ATS = ["@", "%40", "&#64;", "&#x40;", "&commat;", "\\u0040", " at ", " (at) ", "[at]", " At ", "＠", "%2540"]
GAPS = ["", " ", "-", ".", ") ", "\u00a0", "\u2011", " - ", "/", "\u2009", "·"]


def spelled(identity: Identity, rng: random.Random) -> str:
    """One of very many spellings; not every one is known to be a mention."""
    if identity.kind == "phone":
        digits = rng.choice(sorted(form.partition(":")[2] for form in identity.forms))
        prefix = rng.choice(["", "+", "00", "011", "tel:+", "("])
        written = "".join(digit + (rng.choice(GAPS) if rng.random() < 0.4 else "") for digit in digits)
        if rng.random() < 0.2:
            place = rng.randrange(len(written))
            written = f"{written[:place]} (0) {written[place:]}"
        return prefix + varied(written, rng)
    local, _, domain = identity.value.rpartition("@")
    if "xn--" in domain and rng.random() < 0.7:
        domain = domain.encode().decode("idna")
    local = "".join(rng.choice(DOTS) if sign == "." and rng.random() < 0.6 else sign for sign in local)
    local = local.replace("_", rng.choice(["_", " underscore "])).replace(
        "+", rng.choice(["+", " plus ", "%2B"])
    )
    if rng.random() < 0.2:
        place = rng.randrange(len(local) + 1)
        local = f"{local[:place]} {local[place:]}"
    domain = rng.choice(DOTS).join(domain.split("."))
    return varied(local + rng.choice(ATS) + domain, rng)


def varied(text: str, rng: random.Random) -> str:
    changes = (
        lambda sign: sign.upper(),
        lambda sign: chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign,
        lambda sign: sign + rng.choice(HIDDEN),
        lambda sign: f"%{ord(sign):02x}" if sign.isascii() else sign,
        lambda sign: chr(0x660 + int(sign)) if sign.isascii() and sign.isdigit() else sign,
    )
    if rng.random() < 0.5:
        return text
    change = rng.choice(changes)
    return "".join(change(sign) if rng.random() < 0.3 else sign for sign in text)


def in_a_text(spelling: str, rng: random.Random) -> str:
    around = [" ".join(rng.choices(WORDS, k=3)), "ürgend", '"quoted"', "<", "mailto:", "\n", "a=", "(", ""]
    return (
        rng.choice(around) + rng.choice(["", " "]) + spelling + rng.choice([" ", ".", "", "> ", ", "]) + "so"
    )


def test_nothing_that_is_a_mention_is_missed() -> None:
    rng = random.Random(5)
    found = 0
    for _ in range(6_000):
        one = rng.choice(PEOPLE)
        forms = one.forms
        text = in_a_text(spelled(one, rng), rng)
        if not holds(text, forms.__contains__):
            continue
        found += 1
        clues = Clues(forms)
        assert clues.in_text(text), (one.value, text)
        record = {"a": [text], "b": 1}
        for escaped in (True, False):
            line = json.dumps(record, ensure_ascii=escaped).encode("utf-8", "replace")
            assert clues.in_json(line), (one.value, line)
    # Otherwise the spellings above are no mentions, and nothing is shown.
    assert found > 2_000


def test_json_is_blanked_as_records_are() -> None:
    rng = random.Random(6)
    blanked = 0
    for _ in range(1_000):
        who = rng.sample(PEOPLE, 2)
        known = Person.of(who)
        texts = [in_a_text(spelled(rng.choice(who), rng), rng) for _ in range(3)]
        number = int(rng.choice([14255552671, 4255552671, 442079460018, 7, 10**16]))
        record = {"t": texts[0], texts[1]: [number, {"x": texts[2], "y": None, "z": 1.5}], "true": True}
        expected, count = blank_record(record, known.known)
        line = json.dumps(record, ensure_ascii=rng.random() < 0.5)
        text, same_count = blanked_json(line, known.known, Clues(known.forms))
        assert (json.loads(text), same_count) == (expected, count), line
        blanked += count
    assert blanked > 700


def test_two_names_that_are_blanked_alike_stay_two() -> None:
    who = person()
    line = json.dumps({WRITTEN[0]: 1, WRITTEN[5]: 2, "x": 1.0})
    text, count = blanked_json(line, who.known, Clues(who.forms))
    assert (sorted(json.loads(text).values()), count) == ([1, 1.0, 2], 2)


def test_of_ordinary_lines_hardly_one_passes() -> None:
    rng, clues, passed = random.Random(7), Clues(person().forms), 0
    words = [word for word in WORDS if not word.isdigit()]
    for _ in range(500):
        times = [
            {"start": rng.randrange(5 * 10**6), "text": " ".join(rng.choices(words, k=9))} for _ in range(50)
        ]
        text = json.dumps(times).replace("jane", "jim")
        passed += clues.in_json(text.encode())
    assert passed < 25


@pytest.mark.parametrize("text", WRITTEN)
def test_the_last_search_knows_the_common_spellings(text: str) -> None:
    patterns = Patterns(person().forms)
    for around in ("%s", "so write %s, please", '{"a":"%s"}', '{"a":"x\\n%s\\ny"}', "(%s)"):
        assert patterns.text((around % text).encode())
        assert patterns.text(json.dumps([around % text]).encode())
    assert patterns.name(f"rejected/20261120_{WRITTEN[0]}_in.wav")


@pytest.mark.parametrize("text", OTHERS)
def test_the_last_search_does_not_take_others_for_the_person(text: str) -> None:
    patterns = Patterns(person().forms)
    for around in ("%s", "so write %s, please", '{"a":"%s"}'):
        assert not patterns.text((around % text).encode())


def test_the_last_search_finds_hardly_anything_that_a_purge_leaves() -> None:
    rng = random.Random(8)
    seen = alarms = 0
    for _ in range(6_000):
        one = rng.choice(PEOPLE)
        text = in_a_text(spelled(one, rng), rng)
        if Patterns(one.forms).text(text.encode("utf-8", "replace")):
            seen += 1
            # Invisible and full-width characters are common within names, and not within words like "(dot)".
            plain = unicodedata.normalize("NFKC", "".join(sign for sign in text if sign not in HIDDEN))
            alarms += not any(holds(some, one.forms.__contains__) for some in (text, plain))
    assert seen > 1_500
    assert alarms < seen / 50


def test_hostile_text_takes_no_longer_than_other_text() -> None:
    who = person()
    clues, patterns = Clues(who.forms), Patterns(who.forms)
    hostile = [
        b"@" * 10**6,
        b"1 " * 5 * 10**5,
        b"a at " * 2 * 10**5,
        b'"\\' * 5 * 10**5,
        b"example jane doe " * 60_000,
    ]
    for text in hostile:
        began = time.process_time()
        clues.in_json(text)
        patterns.text(text)
        blanked_json(text.decode(), who.known, clues)
        assert time.process_time() - began < 5
