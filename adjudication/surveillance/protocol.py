"""A surveillance protocol: schedule, ladder, advice, readings and worked examples, as its TOML file says them.

How such a file is read, and what in it is refused, stands in `adjudication.surveillance.protocol_file`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum


class Bleeding(IntEnum):
    """Bleeding that is present (DEF-SURV-04, READ-SURV-07); a greater number is worse."""

    NONE = 0
    MILD = 1
    ACTIVE = 2


class Action(StrEnum):
    """What a count demands, from the least to the most urgent when alone (Figure 3 of the consensus)."""

    CONTINUE_MONTHLY = "continue_monthly"
    REPEAT_14D = "repeat_14d"
    RECHECK_72H = "recheck_72h"
    RECHECK_48_72H = "recheck_48_72h"
    RECHECK_NOW_STEEP_FALL = "recheck_now_steep_fall"
    CONTACT_CONFIRMED = "contact_confirmed"
    RECHECK_AND_CONTACT_NOW = "recheck_and_contact_now"
    URGENT_REFERRAL = "urgent_referral"


class Advice(StrEnum):
    """Whether to treat, to be discussed with the hematologist (Figure 4 of the consensus)."""

    TREAT = "treat"
    CONSIDER = "consider"
    OBSERVE = "observe"


class Outcome(StrEnum):
    """What was done about a finding."""

    CONTACTED = "contacted"
    NO_ANSWER = "no_answer"
    RECHECK_ARRANGED = "recheck_arranged"
    REFERRED = "referred"
    SENT_TO_EMERGENCY = "sent_to_emergency"
    DECLINED = "declined"
    MOVED = "moved"
    DIED = "died"
    TRANSFERRED = "transferred"


OF_A_SITE = frozenset({Outcome.MOVED, Outcome.TRANSFERRED})
"""Outcomes that speak of one hospital, and say nothing once another looks after the patient."""

SIGNS = (
    "petechiae",
    "easy_bruising",
    "cut_bleeding",
    "heavy_periods",
    "bleeding_between_periods",
    "gum_or_nose_bleeding",
    "coughing_blood",
)
"""The signs that may be reported between counts; a protocol words those that it asks for."""


class Owner(StrEnum):
    NURSE = "nurse"
    TREATING_PHYSICIAN = "treating_physician"


@dataclass(frozen=True)
class Condition:
    """What must all hold. Counts are micro units; None and an empty set ask nothing.

    `confirmed`: what is asked of the count held for the count before it too. `once_above_e6`: not where the count
    before it lay above this and within `up_to_e6` too. `unjudged`: a specimen since the last clean count cannot be
    judged; `unjudged_up_to_e6`: one of them may mean no more than this. `uncounted`: a bleeding was referred and no
    clean count taken since it began. `answered`: what the last count showed was answered (READ-SURV-16); a condition
    of the count that does not ask this holds only for what was not. `in_window`: counts are still scheduled.
    `discordant`: the tubes of the last count's day disagree, and those of no other day shortly before.
    """

    up_to_e6: int | None = None
    fall_percent: int | None = None
    bleeding: frozenset[Bleeding] = frozenset()
    confirmed: bool = False
    once_above_e6: int | None = None
    unjudged: bool = False
    unjudged_up_to_e6: int | None = None
    uncounted: bool = False
    answered: bool = False
    in_window: bool = False
    discordant: bool = False

    @property
    def asks_nothing(self) -> bool:
        return self == Condition()

    @property
    def of_count(self) -> bool:
        """Whether it asks something of the last count."""
        return self.up_to_e6 is not None or self.fall_percent is not None

    @property
    def of_unjudged(self) -> bool:
        """Whether it asks for a specimen that cannot be judged."""
        return self.unjudged or self.unjudged_up_to_e6 is not None


@dataclass(frozen=True)
class Cited:
    """A rule with the lines and the words of its source, and the readings that it rests on."""

    id: str
    lines: str
    says: str
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Rule(Cited):
    """One step of the ladder. Deadlines are hours from the finding; None leaves the monthly schedule.

    `silent`: the source says nothing of such a count; its readings do, and its words are of another step.
    """

    when: Condition
    action: Action
    what: str
    owner: Owner
    from_hours: int
    within_hours: int | None
    silent: bool = False


@dataclass(frozen=True)
class TreatmentAdvice(Cited):
    """Whether to treat, in a word and in a sentence."""

    when: Condition
    advice: Advice
    what: str


@dataclass(frozen=True)
class Schedule:
    every_months: int
    months_after_last_infusion: int
    overdue_after_days: int
    due_soon_within_days: int
    cited: Cited


@dataclass(frozen=True)
class BleedingScales:
    """From which grade a bleed counts, up to which it is mild by scale, how long it is present; the signs to ask for.

    Without an end it is present until `present_days` after its first day; with one beyond the first clean count, if
    that lies at or below `ended_count_at_most_e6` and was taken within `ended_count_within_days` after the end.
    """

    from_grade: int
    mild_up_to: dict[str, int]
    present_days: int
    ended_count_at_most_e6: int
    ended_count_within_days: int
    signs: dict[str, str]
    cited: Cited


@dataclass(frozen=True)
class Hospitalisation:
    """The words by which the site of a bleed is known (`mucosal`, `deep`), and what the source says of admission."""

    sites: dict[str, tuple[str, ...]]
    cited: Cited


@dataclass(frozen=True)
class Information:
    """From which fall, and below which value, a hemoglobin is shown as information; micro units of g/L."""

    fall_e6: int
    below_e6: int


@dataclass(frozen=True)
class Outcomes:
    """Which outcomes take a patient off the list, which settle the finding, and which only tell what was tried.

    `settle_confirmed` are those of `keep` that settle a confirmed finding, unless it lies below `anew_below_e6`. A
    later count asks anew below that, in a graver band, after a fall by `anew_fall_percent`, or after a clean count
    above `anew_after_above_e6`. `escalate_to` is told when a finding is not settled and its deadline has passed.
    """

    remove: frozenset[Outcome]
    settle: frozenset[Outcome]
    keep: frozenset[Outcome]
    settle_confirmed: frozenset[Outcome]
    anew_below_e6: int
    anew_fall_percent: int
    anew_after_above_e6: int
    escalate_to: Owner
    cited: Cited


@dataclass(frozen=True)
class Confirmation:
    """When two clean counts below a limit propose an episode: how far apart their days may and must be."""

    below_e6: int
    apart_at_least_days: int
    apart_at_most_days: int
    cited: Cited


@dataclass(frozen=True)
class Measuring:
    """What the protocol is measured by.

    `contact_now` and `contact_once_confirmed` are rules of the ladder whose counts demand contact, the latter when
    the count before was on one of them too; `contact` are the outcomes by which it was made.
    """

    symptom_within_days: int
    contact_now: tuple[str, ...]
    contact_once_confirmed: tuple[str, ...]
    contact: frozenset[Outcome]
    cited: Cited


MEASURES = ("months_counted", "itp_rate", "found_by_count", "found_by_symptoms", "incidence")
"""The measures beside which published figures may stand."""


@dataclass(frozen=True)
class Reference:
    """A published figure that stands beside the measure `of`, and is never pooled with it.

    `percent` is a share; `by_year` are figures of the first year since the first infusion, the second, and so on. A
    source that shows a picture without its numbers has neither.
    """

    id: str
    of: str
    percent: Decimal | None
    by_year: tuple[Decimal, ...]
    who: str
    says: str
    lines: str


@dataclass(frozen=True)
class Reading:
    id: str
    asks: str
    we: str
    because: str
    alternative: str = ""


@dataclass(frozen=True)
class Example:
    """A worked case of the file itself; expectations that are None are not checked.

    `previous_e6` is the count that the current one is measured from, `confirms_e6` the one that it can confirm;
    `unjudged_e6` the least that a specimen which cannot be judged may mean.
    """

    title: str
    previous_e6: int | None
    current_e6: int | None
    bleeding: Bleeding
    unjudged: bool
    action: Action
    within_hours: int | None
    advice: Advice | None
    confirms_e6: int | None = None
    unjudged_e6: int | None = None
    uncounted: bool = False
    answered: bool = False
    in_window: bool = True
    discordant: bool = False


@dataclass(frozen=True)
class Protocol:
    """One surveillance protocol; `rules` and `advice_rules` are in order, the first that holds wins.

    Of counts of one day, at least `same_day_times` as much in another tube is clumping (`day_values.value_of_day`). A
    last count below `outside_below_e6` is told of who is on no list too.
    """

    id: str
    title: str
    citation: str
    short: str
    agent: str
    settings: tuple[str, ...]
    analyte: str
    unit: str
    schedule: Schedule
    before: Cited
    afterwards: Cited
    previous_within_days: int
    same_day_times: int
    read_per_ul_above_e6: int
    bleeding: BleedingScales
    hospitalisation: Hospitalisation
    outside_below_e6: int
    information: Information
    outcomes: Outcomes
    confirmation: Confirmation
    measuring: Measuring
    references: tuple[Reference, ...]
    rules: tuple[Rule, ...]
    advice_rules: tuple[TreatmentAdvice, ...]
    readings: tuple[Reading, ...]
    examples: tuple[Example, ...]

    @property
    def fall_percent(self) -> int | None:
        """From which fall on a rule calls it steep; None where no rule asks for a fall."""
        return min((rule.when.fall_percent for rule in self.rules if rule.when.fall_percent), default=None)

    @property
    def bands_e6(self) -> tuple[int, ...]:
        """The highest counts of the bands into which the rules divide all counts of who does not bleed, rising."""
        return tuple(
            sorted(
                {
                    rule.when.up_to_e6
                    for rule in self.rules
                    if rule.when.up_to_e6 is not None
                    and (not rule.when.bleeding or Bleeding.NONE in rule.when.bleeding)
                    and rule.when
                    == Condition(
                        rule.when.up_to_e6,
                        bleeding=rule.when.bleeding,
                        once_above_e6=rule.when.once_above_e6,
                        in_window=rule.when.in_window,
                    )
                }
            )
        )

    def up_to_e6(self, rules: tuple[str, ...]) -> int:
        """The highest count, in micro units, that one of these rules holds for by itself; -1 for no rule."""
        bounds = [rule.when.up_to_e6 for rule in self.rules if rule.id in rules]
        return max((bound for bound in bounds if bound is not None), default=-1)

    def rule(self, name: str) -> Cited:
        """The rule of that id, or the schedule, or what follows its end. Raises KeyError for another id."""
        known: tuple[Cited, ...] = (*self.rules, self.schedule.cited, self.afterwards)
        found = next((one for one in known if one.id == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def rests_on(self, rule: Cited) -> tuple[Reading, ...]:
        """The readings that a rule rests on: what the source leaves open, and what is done here."""
        return tuple(one for one in self.readings if one.id in rule.readings)

    def source(self, rule: Cited) -> str:
        """`Lambert 2018, lines 165-166`, with the readings that the rule rests on."""
        return "; ".join((f"{self.short}, lines {rule.lines}", *rule.readings))
