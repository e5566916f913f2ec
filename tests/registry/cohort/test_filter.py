"""The filter of a cohort: one value that is read from an address, written back, and said in words."""

from datetime import date

import pytest

from registry.cohort import Filter
from registry.errors import Usage

# the address, and the same in words
SAID = [
    ({}, "all courses"),
    ({"disease": ["ITP"]}, "ITP"),
    ({"line": ["2-"]}, "line 2 and later"),
    ({"line": ["1-3"]}, "lines 1 to 3"),
    ({"line": ["0"]}, "line 0"),
    ({"from": ["2019"], "to": ["2023"]}, "begun 2019 to 2023"),
    ({"from": ["2019"], "to": ["2019"]}, "begun in 2019"),
    ({"from": ["2019-02"]}, "begun 2019-02 or later"),
    ({"to": ["2020-02"]}, "begun until 2020-02"),
    ({"regimen": ["RITUXIMAB+TPO_RA", "STEROID"]}, "rituximab + TPO-RA or steroid"),
    ({"setting": ["renal_transplant"]}, "after alemtuzumab for a renal transplant"),
    ({"site": ["north"]}, "site north"),
    ({"site": ["north", "west"]}, "sites north and west"),
    ({"criteria": ["itp-iwg-2009"]}, "judged by itp-iwg-2009"),
    (
        {"disease": ["ITP"], "site": ["north"], "line": ["2-"], "from": ["2019"], "to": ["2023"]},
        "ITP, line 2 and later, begun 2019 to 2023, site north",
    ),
]


@pytest.mark.parametrize(("address", "words"), SAID, ids=[words for _, words in SAID])
def test_an_address_is_read_said_and_written_back(address: dict[str, list[str]], words: str) -> None:
    chosen = Filter.read(address)
    assert str(chosen) == words
    assert chosen.address() == address
    assert Filter.read(chosen.address()) == chosen
    assert chosen.is_everything == (not address)


def test_a_year_and_a_month_end_with_their_last_day() -> None:
    assert Filter.read({"from": "2019", "to": "2019"}) == Filter(
        started_from=date(2019, 1, 1), started_to=date(2019, 12, 31)
    )
    assert Filter.read({"to": "2020-02"}).started_to == date(2020, 2, 29)
    assert Filter.read({"to": "2020-12"}).started_to == date(2020, 12, 31)
    assert Filter.read({"from": "2020-2-3"}).started_from == date(2020, 2, 3)


def test_the_order_in_which_a_thing_is_named_makes_no_other_filter() -> None:
    assert Filter.read({"regimen": ["TPO_RA+RITUXIMAB", "steroid"], "site": ["b", "a", "b"]}) == Filter(
        regimens=("RITUXIMAB+TPO_RA", "STEROID"), sites=("a", "b")
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("disease", "TTP", "no disease 'TTP'"),
        ("setting", "moon", "no setting 'moon'"),
        ("regimen", "ASPIRIN", "no regimen 'ASPIRIN'"),
        ("line", "second", "'second' is no line"),
        ("line", "3-1", "No line is from 3 to 1"),
        ("from", "2019-13", "'2019-13' is no day"),
        ("from", "3/2/2019", "is no day"),
        ("to", "2019-02-30", "is no day"),
        ("criteria", "itp-2099", "no criteria 'itp-2099'"),
    ],
)
def test_what_cannot_be_meant_is_named_with_what_to_write(name: str, value: str, says: str) -> None:
    with pytest.raises(Usage, match=says):
        Filter.read({name: value})


def test_a_page_keeps_what_can_be_read_and_names_the_rest() -> None:
    chosen, problems = Filter.read_leniently({"disease": "ITP", "line": "x", "from": "soon", "other": "1"})
    assert chosen == Filter(disease="ITP")
    assert len(problems) == 2
    chosen, problems = Filter.read_leniently({"disease": "ITP", "from": "2020", "to": "2019"})
    assert (chosen, len(problems)) == (Filter(), 1)


def test_two_criteria_of_one_disease_are_refused() -> None:
    with pytest.raises(Usage, match="no criteria"):
        Filter(criteria=("itp-iwg-2009", "unknown"))
