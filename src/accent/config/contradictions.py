"""What a setting that has no effect, or that contradicts others, is told as."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Contradiction", "Place", "clash", "idle"]

Place = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """One setting that does not go with others."""

    place: Place
    """The setting to mend."""
    what: str
    """What is wrong."""
    remedy: str
    """What to do."""
    idle: bool = True
    """Whether the setting merely has no effect: then it is named only where it was given."""
    causes: tuple[Place, ...] = ()
    """The other settings that it does not go with."""

    @property
    def involved(self) -> tuple[Place, ...]:
        """Every setting that this is about."""
        return (self.place, *self.causes)


def idle(place: Place, reason: str, remedy: str, *causes: Place) -> Contradiction:
    """Return a setting that would do nothing, and why."""
    what = f"{place[-1]} has no effect: {reason}"
    return Contradiction(place=place, what=what, remedy=remedy, causes=causes)


def clash(place: Place, what: str, remedy: str, *causes: Place) -> Contradiction:
    """Return a setting that cannot be followed."""
    return Contradiction(place=place, what=what, remedy=remedy, causes=causes, idle=False)
