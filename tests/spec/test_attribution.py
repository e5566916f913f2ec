"""Whose response it is: the last day on which a response to each agent may begin."""

import pytest

from adjudication.response.criteria import default
from adjudication.response.terms import Disease
from tests.spec.builder import aiha, itp

ITP_LIMITS = """
    ivig            7
    prednisolone   28    prednisone     28    methylprednisolone  28    dexamethasone   28
    hydrocortisone 28    anti_d         7
    vincristine    42    vinblastine    42
    splenectomy    56
    romiplostim    60
    fostamatinib   84    rilzabrutinib  84    efgartigimod        84
    nipocalimab    84    rozanolixizumab 84   batoclimab          84
    eltrombopag    90    avatrombopag   90    hetrombopag         90
    ciclosporin    90    cyclophosphamide 90
    rituximab     180    azathioprine  180    mycophenolate      180
    danazol       180    dapsone       180
"""
AIHA_LIMITS = """
    ivig           21
    prednisolone   42    prednisone     42    methylprednisolone  42    dexamethasone   42
    hydrocortisone 42
    splenectomy    56
    sutimlimab     84    fostamatinib   84    rilzabrutinib       84
    efgartigimod   84    nipocalimab    84    rozanolixizumab     84    batoclimab      84
    vincristine    42    vinblastine    42
    cyclophosphamide 90
    rituximab     180    azathioprine  180    mycophenolate      180    ciclosporin    180
    danazol       180
"""


def table(text: str) -> list[tuple[str, int]]:
    words = text.split()
    return [(agent, int(days)) for agent, days in zip(words[::2], words[1::2], strict=True)]


def test_the_tables_name_every_agent_that_has_a_limit() -> None:
    """No agent of the criteria goes untried here."""
    for disease, text in ((Disease.ITP, ITP_LIMITS), (Disease.AIHA, AIHA_LIMITS)):
        assert dict(table(text)) == default(disease).sections["attribution"]["days"]


@pytest.mark.parametrize(("agent", "limit"), table(ITP_LIMITS))
def test_a_response_of_platelets_on_the_last_day_is_the_agents_and_a_day_later_it_is_late(
    agent: str, limit: int
) -> None:
    """Time to peak response of Table 3, or of an analogue; the last day included (DEF-ITP-04)."""
    in_time = itp(agent, baseline=10, counts={limit: 60, limit + 7: 60})
    assert (in_time.best_response, in_time.onset, in_time.reason) == ("R", limit, "")
    late = itp(agent, baseline=10, counts={limit: 20, limit + 1: 60, limit + 8: 60})
    assert (late.best_response, late.onset, late.reason) == ("NR", None, "late_response")


@pytest.mark.parametrize(("agent", "limit"), table(AIHA_LIMITS))
def test_a_response_of_hemoglobin_on_the_last_day_is_the_agents_and_a_day_later_it_is_late(
    agent: str, limit: int
) -> None:
    """Longer for corticosteroids than in ITP (DEF-AIHA-05)."""
    in_time = aiha(agent, baseline=60, counts={limit: 100, limit + 7: 100})
    assert (in_time.best_response, in_time.onset, in_time.reason) == ("PR", limit, "")
    late = aiha(agent, baseline=60, counts={limit: 70, limit + 1: 100, limit + 8: 100})
    assert (late.best_response, late.onset, late.reason) == ("NR", None, "late_response")


def test_only_the_first_count_must_be_in_time() -> None:
    """Confirmation may come months later."""
    call = itp("prednisolone", baseline=10, counts={28: 60, 120: 60})
    assert (call.best_response, call.onset) == ("R", 28)


def test_a_combination_has_the_limit_of_its_slowest_agent() -> None:
    """Whichever comes first in the list."""
    for agents in (("prednisolone", "rituximab"), ("rituximab", "prednisolone")):
        assert itp(*agents, baseline=10, counts={180: 60, 187: 60}).best_response == "R"
        assert itp(*agents, baseline=10, counts={100: 20, 181: 60, 188: 60}).best_response == "NR"


def test_brand_names_and_abbreviations_have_the_limit_of_their_agent() -> None:
    """Nplate is romiplostim."""
    assert itp("Nplate", baseline=10, counts={60: 60, 67: 60}).best_response == "R"
    assert itp("Nplate", baseline=10, counts={60: 20, 61: 60, 68: 60}).best_response == "NR"


@pytest.mark.parametrize("agent", ["bortezomib", "daratumumab", "a drug that nobody listed"])
def test_an_agent_without_a_published_limit_has_180_days_and_a_flag(agent: str) -> None:
    """No agent is without a limit; a combination has the longest (DEF-ITP-27)."""
    for agents in ((agent,), (agent, "prednisolone")):
        in_time = itp(*agents, baseline=10, counts={180: 60, 187: 60})
        assert (in_time.best_response, "attribution_default" in in_time.flags) == ("R", True)
        assert "DEF-ITP-27" in in_time.readings
        late = itp(*agents, baseline=10, counts={180: 20, 181: 60, 188: 60})
        assert (late.reason, "attribution_default" in late.flags) == ("late_response", True)
    assert "attribution_default" not in itp(baseline=10, counts={7: 60, 14: 60}).flags
    assert "attribution_default" not in itp("observation", baseline=10, counts={7: 60, 14: 60}).flags


def test_an_agent_of_the_other_disease_has_the_default_here() -> None:
    """Eltrombopag for anemia is in no table."""
    assert aiha("eltrombopag", baseline=60, counts={180: 100, 187: 100}).best_response == "PR"
    assert aiha("eltrombopag", baseline=60, counts={179: 70, 181: 100, 188: 100}).reason == "late_response"


def test_watching_has_no_limit() -> None:
    """There is nothing to be late for."""
    assert itp("observation", baseline=10, counts={900: 60, 907: 60}).best_response == "R"


def test_a_late_response_is_no_response_but_shown() -> None:
    """It carries its counts, a flag and the reading."""
    call = itp("prednisolone", baseline=10, counts={28: 20, 29: 150, 36: 150})
    assert ("late_response" in call.flags, "DEF-ITP-04" in call.readings) == (True, True)
    assert call.evidence == (
        ("baseline", 0),
        ("late_onset", 29),
        ("late_confirming", 36),
        ("failing", 28),
    )
    assert (call.duration, call.status) == (None, "none")
    assert "DEF-AIHA-05" in aiha(baseline=60, counts={42: 70, 43: 100, 50: 100}).readings


def test_a_late_response_outweighs_early_failures_as_the_reason() -> None:
    """No response either way; the reason that says more is given."""
    call = itp("prednisolone", baseline=10, counts={5: 12, 20: 12, 29: 150, 36: 150})
    assert (call.best_response, call.reason) == ("NR", "late_response")


def test_a_single_late_count_is_unconfirmed_not_late() -> None:
    """Late is a confirmed response, seen to begin late."""
    assert itp("prednisolone", baseline=10, counts={29: 150}).reason == "unconfirmed"


def test_an_unconfirmed_count_in_time_does_not_lend_its_day_to_a_later_run() -> None:
    """150, then 20, then 150 twice after the limit: the run that was confirmed began late."""
    call = itp("prednisolone", baseline=10, counts={20: 150, 25: 20, 30: 150, 37: 150})
    assert (call.best_response, call.reason) == ("NR", "late_response")


def test_a_run_that_began_in_time_is_in_time_however_long_it_lasts() -> None:
    """The count of day 28 makes the run the agent's."""
    call = itp("prednisolone", baseline=10, counts={28: 60, 30: 60, 33: 60, 36: 60})
    assert (call.best_response, call.onset) == ("R", 28)
