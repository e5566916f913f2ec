"""What a platelet specimen that cannot be judged may mean (READ-SURV-08)."""

from adjudication.surveillance.protocol import Protocol

PER_UL = 1_000
"""A count in 10*9/L is a thousand times as many a microliter."""


def means_e6(
    protocol: Protocol, number_e6: int | None, canonical_e6: int | None, comparator: str | None
) -> int | None:
    """The least count, in micro units of 10*9/L, that what the laboratory wrote may mean; None without a number.

    `canonical_e6` is the value in its own unit, None where the unit is missing, unknown or makes the value implausible:
    then the number itself counts, `number_e6` times one million. With the comparator `<` it may mean anything below.
    """
    if canonical_e6 is None and number_e6 is None:
        return None
    if comparator == "<":
        return 0
    if canonical_e6 is not None or number_e6 is None:
        return canonical_e6
    return number_e6 // PER_UL if number_e6 > protocol.read_per_ul_above_e6 else number_e6
