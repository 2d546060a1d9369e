"""Languages: the codes that ``POST /v2/calls`` takes (OpenAPI document), and what a call shows for each."""

from __future__ import annotations

# A language (ISO 639-1, or 639-3 where there is none), its code by ISO 639-2/B, its regions.
_TABLE = """
af afr ZA
am amh ET
ar ara AE BH DZ EG IL IQ JO KW LB MA MR OM PS QA SA TN YE
az aze AZ
bg bul BG
bn ben BD IN
bs bos BA
ca cat ES
cs cze CZ
da dan DK
de ger AT CH DE
el gre GR
en eng AB AU CA GB IE IN NZ PH SG US WL ZA
es spa AR BO CL CO CR DO EC ES GT HN MX NI PA PE PR PY SV US UY
et est EE
eu baq ES
fa per IR
fi fin FI
fil fil PH
fr fre BE CA CH FR
gl glg ES
gu guj IN
he heb IL
hi hin IN
hr hrv HR
hu hun HU
hy arm AM
id ind ID
is ice IS
it ita CH IT
ja jpn JP
jv jav ID
ka geo GE
kk kaz KZ
km khm KH
kn kan IN
ko kor KR
lo lao LA
lt lit LT
lv lav LV
mk mac MK
ml mal IN
mn mon MN
mr mar IN
ms may MY
my bur MM
ne nep NP
nl dut BE NL
no nor NO
pa pan Guru-IN
pl pol PL
pt por BR PT
ro rum RO
ru rus RU
si sin LK
sk slo SK
sl slv SI
sq alb AL
sr srp RS
su sun ID
sv swe SE
sw swa KE TZ
ta tam IN LK MY SG
te tel IN
th tha TH
tr tur TR
uk ukr UA
ur urd IN PK
uz uzb UZ
vi vie VN
yue chi Hant-HK
zh chi CN TW
zu zul ZA
"""
_ROWS = [line.split() for line in _TABLE.strip().splitlines()]
CODES = frozenset(f"{language}-{region}" for language, _, *regions in _ROWS for region in regions)
_SHOWN = {row[0]: row[1] for row in _ROWS}
DETECTED = "eng"  # what the emulator hears when no language is given


def shown(code: str | None) -> str:
    """The ISO 639-2/B code that a call transcribed in ``code`` shows, e.g. ``ger`` for ``de-AT``."""
    return DETECTED if code is None else _SHOWN[code.partition("-")[0]]
