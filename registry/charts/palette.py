"""The colors of the charts, light and dark.

Response colors are of the Okabe-Ito family, agent classes of Paul Tol's muted scheme; both stay apart under
protan, deutan and tritan vision. Color is never the only code: spans carry their word, events their shape
and grade, agents their own row. The tests hold every pair of text and ground to WCAG AA.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Theme = Literal["light", "dark"]

FONT = "Source Sans, Source Sans Pro, DejaVu Sans, sans-serif"


@dataclass(frozen=True)
class Ink:
    """A fill, the text that is legible on it, and its outline."""

    fill: str
    text: str
    edge: str


@dataclass(frozen=True)
class Palette:
    """One theme. `ground` is the page behind a transparent chart; contrast is measured against it."""

    ground: str
    text: str
    quiet: str
    rule: str
    grid: str
    series: Mapping[str, str]
    bands: tuple[str, ...]
    responses: Mapping[str, Ink]
    grades: tuple[Ink, ...]
    ungraded: Ink
    classes: Mapping[str, Ink]
    other_class: Ink
    rescue: Ink
    transfusion: Ink
    exposure: Ink
    turn: str
    spare: tuple[Ink, ...] = field(default=())

    def of_class(self, agent_class: str) -> Ink:
        """The ink of an agent class; classes without their own share the grey."""
        return self.classes.get(agent_class, self.other_class)

    def of_grade(self, grade: int | None) -> Ink:
        """The ink of a CTCAE or bleeding grade, darker with the grade; an unknown grade is hollow."""
        if grade is None:
            return self.ungraded
        return self.grades[min(max(grade, 1), len(self.grades)) - 1]


def _classes(inks: Mapping[str, Ink]) -> dict[str, Ink]:
    """Give each class of agents the color of its kin, so that nine hues serve the whole table of agents."""
    kin = {
        "STEROID": "olive",
        "IVIG": "sand",
        "ANTI_D": "sand",
        "TPO_RA": "green",
        "RITUXIMAB": "purple",
        "MMF": "cyan",
        "AZATHIOPRINE": "cyan",
        "CICLOSPORIN": "teal",
        "CYCLOPHOSPHAMIDE": "teal",
        "SPLENECTOMY": "wine",
        "DANAZOL": "rose",
        "DAPSONE": "rose",
        "VINCA": "rose",
        "FCRN_INHIBITOR": "indigo",
        "SYK_INHIBITOR": "indigo",
        "BTK_INHIBITOR": "indigo",
        "C1S_INHIBITOR": "indigo",
        "OBSERVATION": "grey",
    }
    return {name: inks[hue] for name, hue in kin.items()}


_DARK_TEXT, _WHITE = "#10151D", "#FFFFFF"

_TOL_LIGHT = {
    "olive": Ink("#999933", _DARK_TEXT, "#6B6B1E"),
    "sand": Ink("#DDCC77", _DARK_TEXT, "#9A8B3C"),
    "green": Ink("#117733", _WHITE, "#0B5223"),
    "purple": Ink("#AA4499", _WHITE, "#7B2F6E"),
    "cyan": Ink("#88CCEE", _DARK_TEXT, "#4F93B5"),
    "teal": Ink("#44AA99", _DARK_TEXT, "#2C7A6D"),
    "wine": Ink("#882255", _WHITE, "#5E153A"),
    "rose": Ink("#CC6677", _DARK_TEXT, "#98414F"),
    "indigo": Ink("#332288", _WHITE, "#20145C"),
    "grey": Ink("#BBBFC9", _DARK_TEXT, "#7C818D"),
}
_TOL_DARK = {
    "olive": Ink("#BDBD5A", _DARK_TEXT, "#DEDE93"),
    "sand": Ink("#E3D48A", _DARK_TEXT, "#F5ECC0"),
    "green": Ink("#43A563", _DARK_TEXT, "#7FCF98"),
    "purple": Ink("#C77BBD", _DARK_TEXT, "#E3AEDC"),
    "cyan": Ink("#88CCEE", _DARK_TEXT, "#BFE4F7"),
    "teal": Ink("#5BBDAD", _DARK_TEXT, "#98DDD1"),
    "wine": Ink("#C9628F", _DARK_TEXT, "#E59DBC"),
    "rose": Ink("#DB8491", _DARK_TEXT, "#F0B4BD"),
    "indigo": Ink("#8B7FD6", _DARK_TEXT, "#B9B0EE"),
    "grey": Ink("#8A909D", _DARK_TEXT, "#B4B9C4"),
}

_LIGHT_CLASSES, _DARK_CLASSES = _classes(_TOL_LIGHT), _classes(_TOL_DARK)

LIGHT = Palette(
    ground="#FFFFFF",
    text="#1F2430",
    quiet="#565C6B",
    rule="#8B91A0",
    grid="#E3E6EC",
    series={"platelets": "#0067A3", "hemoglobin": "#9C3B00"},
    bands=("#F7D3C4", "#FDEBC8", "#FFF9E0"),
    responses={
        "CR": Ink("#0072B2", _WHITE, "#00517F"),
        "R": Ink("#7CC4EE", _DARK_TEXT, "#3F8FBE"),
        "PR": Ink("#7CC4EE", _DARK_TEXT, "#3F8FBE"),
        "Relapse": Ink("#E0701A", _DARK_TEXT, "#9C4400"),
        "NR": Ink("#C9CBD1", _DARK_TEXT, "#8B8F99"),
        "NE": Ink("#FFFFFF", "#1F2430", "#6B7080"),
    },
    grades=(
        Ink("#FDE3D2", _DARK_TEXT, "#1F2430"),
        Ink("#FBC3A0", _DARK_TEXT, "#1F2430"),
        Ink("#F08A5D", _DARK_TEXT, "#1F2430"),
        Ink("#B83227", _WHITE, "#1F2430"),
        Ink("#4A0D16", _WHITE, "#1F2430"),
    ),
    ungraded=Ink("#FFFFFF", _DARK_TEXT, "#1F2430"),
    classes=_LIGHT_CLASSES,
    other_class=_TOL_LIGHT["grey"],
    rescue=Ink("#CC79A7", _DARK_TEXT, "#1F2430"),
    transfusion=Ink("#D9685F", _DARK_TEXT, "#1F2430"),
    exposure=Ink("#5B4B9A", _WHITE, "#1F2430"),
    turn="#1F2430",
    spare=tuple(_TOL_LIGHT.values()),
)

DARK = Palette(
    ground="#0E1117",
    text="#F0F2F6",
    quiet="#B3B9C6",
    rule="#7B8291",
    grid="#262C38",
    series={"platelets": "#6CBBF2", "hemoglobin": "#F2A36B"},
    bands=("#3B1F1B", "#33291A", "#26251C"),
    responses={
        "CR": Ink("#4C9FE3", _DARK_TEXT, "#9CCBF2"),
        "R": Ink("#A6D5F5", _DARK_TEXT, "#D3EBFB"),
        "PR": Ink("#A6D5F5", _DARK_TEXT, "#D3EBFB"),
        "Relapse": Ink("#F28A45", _DARK_TEXT, "#F9C09A"),
        "NR": Ink("#525866", "#F0F2F6", "#8C93A1"),
        "NE": Ink("#0E1117", "#F0F2F6", "#A9B0BF"),
    },
    grades=(
        Ink("#FDE3D2", _DARK_TEXT, "#F0F2F6"),
        Ink("#FBC3A0", _DARK_TEXT, "#F0F2F6"),
        Ink("#F08A5D", _DARK_TEXT, "#F0F2F6"),
        Ink("#C23A2E", _WHITE, "#F0F2F6"),
        Ink("#6E1420", _WHITE, "#F0F2F6"),
    ),
    ungraded=Ink("#0E1117", "#F0F2F6", "#F0F2F6"),
    classes=_DARK_CLASSES,
    other_class=_TOL_DARK["grey"],
    rescue=Ink("#D98CB8", _DARK_TEXT, "#F0F2F6"),
    transfusion=Ink("#E38079", _DARK_TEXT, "#F0F2F6"),
    exposure=Ink("#A397E0", _DARK_TEXT, "#F0F2F6"),
    turn="#F0F2F6",
    spare=tuple(_TOL_DARK.values()),
)

PALETTES: Mapping[Theme, Palette] = {"light": LIGHT, "dark": DARK}


def agent_word(agent: str) -> str:
    """A generic name as a row label: `ivig` → `IVIG`, `anti_d` → `Anti-D`, `rituximab` → `Rituximab`."""
    special = {"ivig": "IVIG", "anti_d": "Anti-D"}
    return special.get(agent, agent.replace("_", " ").capitalize())
