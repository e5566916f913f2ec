"""A criteria file is trusted only whole: whatever is misspelt, missing or untrue in it is refused by name."""

import re
import tomllib

import pytest

from adjudication.response.criteria import CriteriaError, load, load_text, parse, published_ids, source
from adjudication.response.criteria_file import UnfitCriteria, micro
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
    ("old", "new", "faults"),
    [
        ("[washout]", "[wash_out]", ["washout is missing", "unknown wash_out; did you mean washout?"]),
        (
            "rescue_drug_days",
            "rescue_drugs_days",
            ["washout: unknown rescue_drugs_days; did you mean rescue_drug_days?"],
        ),
        (
            '{ at_least = "100" }',
            '{ at_leest = "100" }',
            ["level CR: all 1: unknown at_leest; did you mean at_least?"],
        ),
        (
            'words = "platelets at least 100',
            'says = "platelets at least 100',
            ["level CR: words is missing", "level CR: unknown says"],
        ),
        ('name = "R"', 'name = "RR"', ["level RR: name must be one of NE, NR, R, PR, CR, not 'RR'"]),
        ('id = "itp-iwg-2009"\n', "", ["id is missing"]),
        ("response_days = 7\n", "", ["confirmation: response_days is missing"]),
        ('clause = "READ-ITP-21"\n', "", ["thrombocytosis: clause is missing"]),
        (
            "response_days = 7",
            'response_days = "7"',
            ["confirmation: response_days must be a whole number, not '7'"],
        ),
        ("grade = 1", "grade = true", ["bleeding: grade must be a whole number, not True"]),
        (
            "within = 2",
            "wthin = 2",
            ["landmarks: er_7d: within is missing", "unknown wthin; did you mean within?"],
        ),
        ("er_7d = { day = 7, within = 2 }\n", "", ["landmarks: er_7d is missing"]),
        (
            '"low_count", "bleed"',
            '"low_cuont", "bleed"',
            ["loss: rescue_for knows unknown", "low_count", ", not low_cuont"],
        ),
        (
            '["relapse", "inefficacy"]',
            '["relaps", "inefficacy"]',
            ["loss: next_course_for knows", "relapse", ", not relaps"],
        ),
        (
            "days = { prednisolone",
            "days = { prednisolon",
            ["attribution: days: 'prednisolon'", "generic name"],
        ),
        ("days = { prednisolone", "days = { melphalan", ["attribution: days: 'melphalan'", "listed agent"]),
        ('at_least = "100"', 'at_least = "1O0"', ["level CR: all 1: at_least: '1O0' is not a number"]),
        ('at_least = "100"', 'at_least = "99.9999999"', ["at_least: 99.9999999 is finer than a millionth"]),
        ('disease = "ITP"', 'disease = "ITPP"', ["disease must be one of ITP, AIHA, not 'ITPP'"]),
        (
            'analyte = "platelets"',
            'analyte = "platelet"',
            ["analyte must be one of platelets, ", ", not 'platelet'"],
        ),
        ('alternative = "7 days;', 'instead = "7 days;', ["reading DEF-ITP-01: unknown instead"]),
        (
            'alternative = "7 days; the lowest count in 14 days."\n',
            "",
            ["reading DEF-ITP-01: alternative is missing"],
        ),
        ('id = "DEF-ITP-02"', 'id = "DEF-ITP-01"', ["reading DEF-ITP-01: the id DEF-ITP-01 is used twice"]),
        ("[loss]", "[loss", ["not TOML"]),
    ],
)
def test_a_fault_is_refused_with_its_line_its_table_and_what_is_expected(
    old: str, new: str, faults: list[str]
) -> None:
    message = refusal(changed(old, new))
    assert [line for line in message.splitlines() if not line.startswith("mine.toml, ")] == []
    assert [part for part in faults if part not in message] == []


def test_five_faults_are_reported_at_once_each_with_its_line() -> None:
    text = changed("rescue_drug_days", "rescue_drugs_days")
    for old, new in (
        ('at_least = "100"', 'at_least = "1O0"'),
        ("response_days = 7", 'response_days = "7"'),
        ("grade = 1", "grade = 1\ngrade = 2"),
        ('alternative = "7 days; the lowest', 'instead = "7 days; the lowest'),
    ):
        text = changed(old, new, text)
    with pytest.raises(UnfitCriteria) as unfit:
        parse(text, "mine.toml")
    lines = text.splitlines()
    assert [(lines[(fault.line or 0) - 1].split(" = ")[0], fault.what) for fault in unfit.value.faults] == [
        ("all", "at_least: '1O0' is not a number"),
        ("response_days", "response_days must be a whole number, not '7'"),
        ("rescue_drugs_days", "unknown rescue_drugs_days; did you mean rescue_drug_days?"),
        ("grade", "grade is given twice"),
        ("[[reading]]", "alternative is missing"),
        ("instead", "unknown instead; there are alternative, asks, because, id, we"),
    ]


def test_a_set_has_two_levels() -> None:
    first = ITP.index("[[level]]")
    second = ITP.index("[[level]]", first + 1)
    assert refusal(ITP[:first] + ITP[second:]).endswith("two levels, the better first; found 1")


@pytest.mark.parametrize("section", ["confirmation", "baseline", "washout", "loss", "attribution"])
def test_the_sections_that_every_disease_needs_are_needed(section: str) -> None:
    start = AIHA.index(f"[{section}]")
    end = AIHA.index("\n[", start)
    assert refusal(AIHA[:start] + AIHA[end:]) == f"mine.toml, {section} is missing"


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
        ('{ best_response = "CR", onset_day = 7 }', '{ best_respons = "CR" }', "expect: unknown best_respons;"),
        ("counts = [[7", "count = [[7", "unknown count;"),
        ('agents = ["prednisolone"]\n', "", "agents is missing"),
    ],
)  # fmt: skip
def test_an_example_that_does_not_hold_is_refused_by_its_name(old: str, new: str, said: str) -> None:
    first = ITP.index("[[example]]")
    message = refusal(ITP[:first] + changed(old, new, ITP[first:]))
    assert re.search(r"mine\.toml, line \d+, example ", message)
    assert said in message


def test_a_changed_rule_is_refused_by_the_example_that_it_breaks() -> None:
    message = refusal(changed('at_least = "100"', 'at_least = "99"'))
    name = "99.6 is not complete response: counts are compared unrounded"
    line = ITP[: ITP.index(name)].count("\n")
    assert message == f"mine.toml, line {line}, example {name}: best_response is CR, expected R"


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


@pytest.mark.parametrize(
    ("text", "old", "new", "fault"),
    [
        (ITP, "{ no_bleeding = true }", "{ no_bleeding = false }", "no_bleeding = false changes"),
        (AIHA, "{ no_hemolysis = true }", "{ no_hemolysis = false }", "no_hemolysis = false changes"),
        (AIHA, "{ transfusion_free = true }", "{ transfusion_free = false }", "transfusion_free = false"),
        (AIHA, "passed_over_red_cells = true", "passed_over_red_cells = false", "passed_over_red_cells ="),
        (AIHA, ", { transfusion_free = true }]", "]", "so every level asks for transfusion_free"),
        (AIHA, "red_cell_days = 7\n", "", "transfusion_free of CR and PR needs red_cell_days of washout"),
        (ITP, "[bleeding]", "[bleedings]", "no_bleeding of CR and R needs the section bleeding"),
        (ITP, '{ at_least = "100" }, ', '{ at_least = "100" }, { at_least = "90" }, ', "asked for twice"),
        (ITP, 'held = { at_least = "30" }', "held = { no_bleeding = true }", "unknown no_bleeding"),
        (ITP, 'held = { at_least = "30" }', 'held = { at_least = "30", above = "2" }', "holds one of"),
        (ITP, "pulse_days = 5", 'pulse_days = 5\nrescues = ["ivig"]', "bridge: unknown rescues"),
    ],
)  # fmt: skip
def test_a_key_that_would_change_nothing_is_refused_with_its_line(
    text: str, old: str, new: str, fault: str
) -> None:
    told = refusal(changed(old, new, text))
    assert fault in told
    assert re.search(r"line \d+", told)


def test_a_level_that_does_not_ask_for_no_bleeding_is_reached_by_who_bleeds() -> None:
    """The file's own example of a bleed comes out otherwise."""
    asked = '{ fold_of_baseline = "2" }, { no_bleeding = true }]'
    assert "best_response is R, expected NR" in refusal(changed(asked, '{ fold_of_baseline = "2" }]'))


def test_a_level_that_does_not_ask_for_no_hemolysis_is_reached_with_it() -> None:
    told = refusal(changed(", { no_hemolysis = true }]", "]", AIHA))
    assert "best_response is CR, expected PR" in told
