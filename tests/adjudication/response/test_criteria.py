"""A criteria file is trusted only whole: whatever is misspelt, missing or untrue in it is refused by name."""

import tomllib

import pytest

from adjudication.response.criteria import CriteriaError, load, load_text, micro, parse, published_ids, source
from adjudication.response.terms import NO_DAY

ITP, AIHA = source("itp-iwg-2009"), source("aiha-hammersmith-2017")


def refusal(text: str) -> str:
    with pytest.raises(CriteriaError) as refused:
        load_text(text, "mine.toml")
    return str(refused.value)


def changed(old: str, new: str, text: str = ITP) -> str:
    """The text of a criteria file with its first `old` replaced, which must be there."""
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("name", published_ids())
def test_published_criteria_load_and_their_examples_hold(name: str) -> None:
    criteria = load_text(source(name), name)
    assert criteria == load(name)
    assert (criteria.id, len(criteria.levels), len(criteria.digest)) == (name, 2, 16)
    assert {row["name"] for row in tomllib.loads(source(name))["example"]}


def test_an_unknown_id_is_refused_with_those_there_are() -> None:
    with pytest.raises(CriteriaError, match=r"no criteria 'nobody-2000'; there are aiha-.*, itp-iwg-2009"):
        load("nobody-2000")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[washout]", "[wash_out]", ["unknown wash_out", "washout"]),
        ("rescue_drug_days", "rescue_drugs_days", ["[washout]", "unknown rescue_drugs_days", "rescue_drug_days"]),
        ('{ at_least = "100" }', '{ at_leest = "100" }', ["level CR", "unknown at_leest", "at_least"]),
        ('words = "platelets at least 100', 'says = "platelets at least 100', ["level CR", "unknown says"]),
        ('name = "R"', 'name = "RR"', ["'RR'", "cr, ne, nr, pr, r"]),
        ('id = "itp-iwg-2009"\n', "", ["missing id"]),
        ("response_days = 7\n", "", ["[confirmation]", "missing response_days"]),
        ('clause = "READ-ITP-21"\n', "", ["[thrombocytosis] cites no clause"]),
        ("response_days = 7", 'response_days = "7"', ["[confirmation]", "response_days is '7'", "whole number"]),
        ("grade = 1", "grade = true", ["[bleeding]", "grade is True", "whole number"]),
        ("within = 2", "wthin = 2", ["[landmarks] er_7d", "unknown wthin"]),
        ('er_7d = { day = 7, within = 2 }\n', "", ["[landmarks]", "missing er_7d"]),
        ('"low_count", "bleed"', '"low_cuont", "bleed"', ["'low_cuont'", "low_count"]),
        ('["relapse", "inefficacy"]', '["relaps", "inefficacy"]', ["'relaps'", "relapse"]),
        ("days = { prednisolone", "days = { prednisolon", ["[attribution]", "'prednisolon'", "generic name"]),
        ("days = { prednisolone", "days = { melphalan", ["[attribution]", "'melphalan'", "listed agent"]),
        ('at_least = "100"', 'at_least = "1O0"', ["'1O0' is not a number"]),
        ('at_least = "100"', 'at_least = "99.9999999"', ["99.9999999 is finer than a millionth"]),
        ('disease = "ITP"', 'disease = "ITPP"', ["'ITPP'", "aiha, itp"]),
        ('analyte = "platelets"', 'analyte = "platelet"', ["'platelet'", "platelets"]),
        ('alternative = "7 days;', 'instead = "7 days;', ["reading DEF-ITP-01", "unknown instead"]),
        ('alternative = "7 days; the lowest count in 14 days."\n', "", ["reading DEF-ITP-01", "missing alternative"]),
        ('id = "DEF-ITP-02"', 'id = "DEF-ITP-01"', ["reading DEF-ITP-01 stands twice"]),
        ("[loss]", "[loss", ["not TOML"]),
    ],
)  # fmt: skip
def test_what_cannot_be_trusted_is_refused_with_its_place_and_what_was_expected(
    old: str, new: str, said: list[str]
) -> None:
    message = refusal(changed(old, new))
    assert message.startswith("mine.toml: ")
    assert [part for part in said if part not in message] == []


def test_a_set_has_two_levels() -> None:
    first = ITP.index("[[level]]")
    second = ITP.index("[[level]]", first + 1)
    assert refusal(ITP[:first] + ITP[second:]).endswith("two levels, the better first; found 1")


@pytest.mark.parametrize("section", ["confirmation", "baseline", "washout", "loss", "attribution"])
def test_the_sections_that_every_disease_needs_are_needed(section: str) -> None:
    start = AIHA.index(f"[{section}]")
    end = AIHA.index("\n[", start)
    assert refusal(AIHA[:start] + AIHA[end:]) == f"mine.toml: missing {section}"


def test_a_section_that_is_optional_may_be_left_out() -> None:
    start = ITP.index("[thrombocytosis]")
    assert "thrombocytosis" not in parse(ITP[:start] + ITP[ITP.index("[landmarks]") :]).sections


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"CR", onset_day = 7', '"R", onset_day = 7', "best_response is CR, expected R"),
        ('"CR", onset_day = 7', '"CR", onset_day = 8', "onset_day is 7, expected 8"),
        ('reason = "unconfirmed"', 'reason = "no_counts"', "reason is unconfirmed, expected no_counts"),
        ("relapsed_day = 100", "relapsed_day = 101", "relapsed_day is 100, expected 101"),
        ('{ best_response = "CR", onset_day = 7 }', '{ best_respons = "CR" }', "expect: unknown best_respons"),
        ("counts = [[7", "count = [[7", "unknown count;"),
        ('agents = ["prednisolone"]\n', "", "missing agents"),
    ],
)  # fmt: skip
def test_an_example_that_does_not_hold_is_refused_by_its_name(old: str, new: str, said: str) -> None:
    first = ITP.index("[[example]]")
    message = refusal(ITP[:first] + changed(old, new, ITP[first:]))
    assert "itp-iwg-2009: example '" in message
    assert said in message


def test_a_changed_rule_is_refused_by_the_example_that_it_breaks() -> None:
    message = refusal(changed('at_least = "100"', 'at_least = "99"'))
    assert message == (
        "itp-iwg-2009: example '99.6 is not complete response: counts are compared unrounded': "
        "best_response is CR, expected R"
    )


def test_the_digest_names_the_rules_and_nothing_else() -> None:
    digest = parse(ITP).digest
    first = ITP.index("[[example]]")
    second = ITP.index("[[example]]", first + 1)
    unchanged = {
        "title": changed("Immune thrombocytopenia, International", "ITP, International"),
        "reading": changed("Visits are weekly to fortnightly", "Visits are rare"),
        "example": ITP[:first] + ITP[second:],
        "comment": "# another comment\n" + ITP,
    }
    assert {name for name, text in unchanged.items() if parse(text).digest != digest} == set()
    rules = {
        "threshold": changed('at_least = "100"', 'at_least = "101"'),
        "days": changed("response_days = 7", "response_days = 8"),
        "window": changed("ivig = 7", "ivig = 8"),
        "words": changed("and no bleeding, on two", "and no bleeding on two"),
        "clause": changed("Table 2: complete response", "Table 2, complete response"),
        "version": changed('version = "2"', 'version = "3"'),
    }
    digests = {name: parse(text).digest for name, text in rules.items()}
    assert {name for name, found in digests.items() if found == digest} == set()
    assert len(set(digests.values())) == len(rules)


def test_a_rule_in_another_order_has_the_same_digest() -> None:
    text = changed("response_days = 7\nfailing_days = 1", "failing_days = 1\nresponse_days = 7")
    assert parse(text).digest == parse(ITP).digest


def test_numbers_are_exact() -> None:
    assert (micro("99.6"), micro("0.000001"), micro("120")) == (99_600_000, 1, 120_000_000)


def test_a_combination_has_the_longest_of_its_limits_and_the_default_where_none_is_published() -> None:
    itp = load("itp-iwg-2009")
    assert itp.attribution_days(["ivig"]) == 7
    assert itp.attribution_days(["ivig", "prednisolone"]) == 28
    assert itp.attribution_days(["ivig", "bortezomib"]) == 180
    assert itp.attribution_days(["bortezomib"]) == itp.attribution_days([]) == 180
    assert itp.attribution_days(["observation"]) == NO_DAY
    assert itp.failing_from_days(["ivig", "prednisolone"]) == 14
    assert itp.failing_from_days(["bortezomib"]) == itp.failing_from_days([]) == 90


def test_levels_clauses_and_readings_are_found_by_name() -> None:
    itp = load("itp-iwg-2009")
    complete = itp.level("CR")
    assert complete is not None
    assert "Table 2" in complete.clause
    assert itp.level("PR") is None
    assert itp.reading("DEF-ITP-06").alternative == "28 days; none."
    assert "DEF-ITP-06" in itp.clause("washout")
