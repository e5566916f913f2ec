"""What a picture or table says of itself wherever it goes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stamp:
    """What a picture says of itself wherever it goes: under which criteria, of which part of the record."""

    criteria: tuple[str, ...] = ()
    part: str = ""

    def lines(self, revision: int, synthetic: bool) -> list[str]:
        """The words below a picture, made at change `revision`."""
        said = [f"Nadir, registry change {revision}", *self.criteria, self.part]
        marked = ["Synthetic data: every patient is invented."] if synthetic else []
        return [" · ".join(part for part in said if part), *marked]
