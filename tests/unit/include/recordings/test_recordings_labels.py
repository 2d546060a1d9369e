"""What may be shown of a recording's name."""

from __future__ import annotations

import pytest

from include.recordings.labels import label


@pytest.mark.parametrize(
    "name",
    [
        "call-17",
        "2026/11/20/call",
        "2026-11-20",
        "2026-11-20 14-30-00",
        "2026-11-20T14:30:00Z",
        "2026-11-20T14:30:00.123+01:00",
        "20261120T143000",
        "20261120T143000Z",
        "20261120-143000",
        "20261120_143000_sales",
        "20261120143000",
        "202611201430",
        "2026_11_20__x",
        "2026.11.20 at 14h30",
        "20.11.2026",
        "11-20-2026_1001",
        "20261120-143000.123",
        "demo-20261120-1001",
        "q3f2b6c1e-1234-5678-9abc-0123456789ab"[1:],
        "1001_to_17",
        "v1.2.3",
        "réunion",
    ],
)
def test_stays(name: str) -> None:
    assert label(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("+14155550123", "<phone>"),
        ("14155550123", "<phone>"),
        ("5550123", "<phone>"),
        ("(415) 555-0123", "<phone>"),
        ("call_+1 (415) 555-0123_x", "call_<phone>_x"),
        ("415.555.0123", "<phone>"),
        ("+49-30-901820", "<phone>"),
        ("004930901820", "<phone>"),
        ("415_555_0123", "<phone>"),
        ("415\u2011555\u20110123", "<phone>"),
        ("415\u00a0555\u00a00123", "<phone>"),
        ("from4155550123to4155550199", "from<phone>to<phone>"),
        ("%2B14155550123", "%2B<phone>"),
        ("٤١٥٥٥٥٠١٢٣", "<phone>"),
        ("20261120-143000_+14155550123", "20261120-143000_<phone>"),
        ("+14155550123_20261120-143000", "<phone>_20261120-143000"),
        ("+14155550123-2026-11-20", "<phone>-2026-11-20"),
        ("20261120143000+14155550123", "20261120143000<phone>"),
        ("20261120-143000-14155550123-1001", "20261120-143000-<phone>"),
        ("20261120_4155550123", "20261120_<phone>"),
        ("20261120-143000.5550123", "20261120-143000.<phone>"),
        ("2026112014", "<phone>"),
        ("20121130123", "<phone>"),
        ("+20121130", "<phone>"),
        ("20261320", "<phone>"),
        ("12026112014300055", "<phone>"),
        ("out/4155550123/20261120", "out/<phone>/20261120"),
        ("ann.lee@example.com", "<e-mail>"),
        ("call ann.lee@example.com 20261120", "call <e-mail> 20261120"),
        ("ann.lee@example.com_20261120", "<e-mail>_20261120"),
        ("ann.lee@example.com-20261120-143000", "<e-mail>-20261120-143000"),
        ("ann.lee%40example.co.uk", "<e-mail>"),
        ("ann+x@example.com", "<e-mail>"),
        ("1001@pbx", "<e-mail>"),
        ("jürgen@müller.example", "<e-mail>"),
        ("a/ann@example.com/b", "a/<e-mail>/b"),
        ("a\nb\x1b[31m", "a?b?[31m"),
        ("a\udce9", "a?"),
    ],
)
def test_goes(name: str, shown: str) -> None:
    assert label(name) == shown


def test_length() -> None:
    assert label("x" * 80) == "x" * 80
    assert label("x" * 81) == "x" * 79 + "…"
    assert "4155550" not in label("x" * 70 + " 4155550123")
