"""Each published file is read strictly: several faults in it are all reported, each with its line."""

from collections.abc import Callable
from importlib.resources import files

import pytest

from adjudication import agents, lines
from adjudication.review import rules
from adjudication.toml_table import Table, Unfit, tables_of
from registry.cohort import abstract, cohort_tables
from registry.record import unit_table

FILES: dict[str, tuple[Callable[[Table], object], list[tuple[str, str, str]]]] = {
    "agents": (
        agents.parse,
        [
            ('STEROID = "steroid"', "STEROID = 1", "class_words: STEROID must be text, not 1"),
            (
                'class = "STEROID"',
                'clas = "STEROID"',
                "agent prednisolone: unknown clas; did you mean class?",
            ),
            (
                'equivalent = "6.67"',
                'equivalent = "6,67"',
                "agent dexamethasone: prednisolone_equivalent: '6,67' is not a number",
            ),
            ('["pred", ', '["medrol", ', "agent methylprednisolone: 'medrol' names two agents"),
            (
                'aliases = ["wayrilz"]\nacts_on = ["ITP", "AIHA"]',
                'aliases = ["wayrilz"]\nacts_on = ["TTP"]',
                "agent rilzabrutinib: acts_on knows ITP, AIHA, not TTP",
            ),
        ],
    ),
    "lines": (
        lines.parse,
        [
            ("days = 28", "days = -1", "combination: days must be 0 or more, not -1"),
            (
                'milligrams = "1/1000"',
                'milligrams = "1/0"',
                "dose: unit 5: milligrams: '1/0' is not a number or a share such as 2/3",
            ),
            ("daily = true", 'daily = "yes"', "dose: unit 2: daily must be true or false, not 'yes'"),
            (
                'times_a_day = "2/7"',
                'times = "2/7"',
                "dose: frequency 7: unknown times; did you mean times_a_day?",
            ),
            (
                'id = "DEF-LINE-08"',
                'id = "DEF-LINE-04"',
                "reading DEF-LINE-04: the id DEF-LINE-04 is used twice",
            ),
        ],
    ),
    "units": (
        unit_table.parse,
        [
            ("factor = 100", "factor = 1", "jump: factor must be 2 or more, not 1"),
            (
                'citrate_platelets_factor = "1.1"',
                "citrate_platelets_factor = 1.1",
                "specimen: citrate_platelets_factor must be text, not 1.1",
            ),
            (
                'plausible = ["0", "2000"]',
                'plausible = ["2000", "0"]',
                "analyte platelets: plausible must be the lowest and the highest",
            ),
            (
                'factor = "16.114"',
                'factor = "16,114"',
                "analyte hemoglobin: unit 4: factor: '16,114' is not a number",
            ),
            (
                "grades = [0, 4]",
                "grades = [4]",
                "scale WHO: grades must be the lowest and the highest, as whole numbers",
            ),
        ],
    ),
    "cohort": (
        cohort_tables.parse_state_days,
        [
            ("days = 180", "days = 180.0", "state: days must be a whole number, not 180.0"),
            ('asks = "How near', 'ask = "How near', "reading DEF-STAT-06: unknown ask; did you mean asks?"),
        ],
    ),
    "adverse-events": (
        cohort_tables.parse_harms,
        [
            ("from_grade = 3", "from_grade = 6", "severe: from_grade must be 5 or less, not 6"),
            (
                '"probable", ',
                '"likely", ',
                "at_least_possible: relatedness knows unrelated, unlikely, possible, probable, definite, not likely",
            ),
            (
                'clause = "DEF-AE-02"',
                'claus = "DEF-AE-02"',
                "at_least_possible: unknown claus; did you mean clause?",
            ),
        ],
    ),
    "abstract-figures": (
        abstract.parse,
        [
            ("number = 3\n", "number = 52\n", "figure 3: number must be 51 or less, not 52"),
            ('id = "male"', 'id = "age"', "figure 7: met age: the id age is used twice"),
            (
                'reading = "printed"',
                'reading = "print"',
                "figure 2: met cytopenia: reading must be one of printed, defensible",
            ),
            ('prints = "1431"', 'print = "1431"', "figure 1: unknown print; did you mean prints?"),
        ],
    ),
    "review": (
        rules.parse,
        [
            (
                'random_share_percent = "10"',
                'random_share_percent = "101"',
                "opening: random_share_percent must be a share from 0 to 100, not 101",
            ),
            (
                'platelets = "5"',
                "platelets = 5",
                "opening: near_threshold_percent: platelets must be text, not 5",
            ),
            ("most_members = 9", "most_members = 2", "committee: most_members must be 3 or more, not 2"),
            (
                'while_unknown = "accept"',
                'while_unknown = "wait"',
                "auto_accept: while_unknown must be one of accept, review, not 'wait'",
            ),
            ("seed = 20090301", "sed = 20090301", "agreement: unknown sed; did you mean seed?"),
        ],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_all_faults_of_a_file_are_reported_each_with_its_line(name: str) -> None:
    parse, changes = FILES[name]
    text = (files("adjudication.published") / f"{name}.toml").read_text("utf-8")
    parse(tables_of(name, text))
    for old, new, _ in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(Unfit) as unfit:
        parse(tables_of(f"{name}.toml", text))
    faults = {f"{fault.place}: {fault.what}": fault.line for fault in unfit.value.faults}
    assert [fault for _, _, fault in changes if not any(one.startswith(fault) for one in faults)] == []
    # a misspelt key is missing too; nothing else is reported
    assert [one for one in faults if not any(one.startswith(fault) for _, _, fault in changes)] == [
        one for one in faults if one.endswith("is missing")
    ]
    assert None not in faults.values()
