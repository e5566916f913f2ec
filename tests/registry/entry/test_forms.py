"""Forms ask for columns of the record and nothing else, in words that a nurse knows."""

import pytest

from registry.entry import Field, Form, Part, fields_of, form, forms
from registry.record.columns import Kind
from registry.record.fields import TABLES

PARTS = [(one, part) for one in forms().values() for part in one.parts]
FIELDS = [(part, asked) for _, part in PARTS for asked in part.fields]
MADE = {f"{name}_id" for name in ("episode", "course", "exposure", "observation", "bleed", "transfusion",
                                  "rescue", "adverse_event", "outcome", "sign", "comedication", "consent")}  # fmt: skip
PARENTS = {"patient_id", "episode_id", "course_id", "adverse_event_id"}


def test_there_is_a_form_for_everything_that_a_nurse_logs() -> None:
    assert set(forms()) == {
        "cbc",
        "course",
        "bleed",
        "sign",
        "outcome",
        "comedication",
        "consent",
        "transfusion",
        "rescue",
        "adverse_event",
        "other_cause",
        "exposure",
        "episode",
        "patient",
        "last_contact",
        "death",
    }


@pytest.mark.parametrize(("part", "asked"), FIELDS, ids=lambda one: str(getattr(one, "name", one)))
def test_a_field_is_a_column_with_its_words(part: Part, asked: Field) -> None:
    column = TABLES[part.table].column(asked.name)
    assert asked.kind is column.kind
    assert tuple(one.word for one in asked.choices) == column.words
    assert asked.default is None or not column.words or asked.default in column.words
    assert asked.label[0].isupper()
    assert "_" not in asked.label + asked.hint + "".join(one.label for one in asked.choices)
    assert not (asked.required and asked.may_be_missing)


@pytest.mark.parametrize(("one", "part"), PARTS, ids=lambda one: str(one.name))
def test_what_a_table_requires_is_asked_fixed_or_made(one: Form, part: Part) -> None:
    if one.amends or part.table == "observation":
        return
    asked = {asked.name for asked in part.fields} | set(part.fixed)
    assert set(TABLES[part.table].required) - asked <= MADE | PARENTS


def test_a_blood_count_asks_the_day_once_and_each_analyte_with_its_unit() -> None:
    cbc = form("cbc")
    assert [asked.name for asked in cbc.part("cbc").fields] == ["observed_at", "specimen", "quality"]
    platelets, ldh = cbc.part("platelets"), cbc.part("ldh")
    assert platelets.field_named("value").full_label == "Platelets (×10⁹/L)"
    assert platelets.fixed == {"analyte": "platelets"}
    assert platelets.field_named("unit").default == "10*9/L"
    assert platelets.field_named("unit").units[0] == "10*9/L"
    assert [asked.name for asked in ldh.fields] == ["value", "unit", "upper_limit", "explained"]
    assert platelets.field_named("value").may_be_missing
    with pytest.raises(KeyError):
        platelets.field_named("explained")


def test_last_contact_and_death_amend_the_patient_with_a_reason_of_their_own() -> None:
    for name, column in (("last_contact", "last_contact_on"), ("death", "died_on")):
        one = form(name)
        assert one.amends
        assert one.reason
        assert one.parts[0].field_named(column).required
    assert {asked.name for asked in form("patient").part("patient").fields} == {
        "patient_id",
        "site",
        "sex",
        "born_on",
    }


def test_a_course_asks_for_any_number_of_agents() -> None:
    agents = form("course").part("agents")
    assert (agents.least, agents.most) == (1, None)
    assert "eltrombopag" in agents.field_named("agent").suggestions
    assert form("course").parts[0].field_named("start_reason").said("steroid_sparing") == "steroid sparing"


@pytest.mark.parametrize("table", sorted({part.table for _, part in PARTS}))
def test_every_column_that_may_be_amended_has_its_field(table: str) -> None:
    named = {asked.name for asked in fields_of(table)}
    left = set(TABLES[table].names) - named
    # value_read is read from the value, and the status is the laboratory's: a person withdraws a result.
    assert left <= MADE | PARENTS | {"value_read", "status"}
    assert {asked.kind for asked in fields_of(table)} <= set(Kind)
