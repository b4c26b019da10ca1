"""What an analysis of a run holds, for whoever renders it."""

from dataclasses import dataclass

from policies.findings import Finding, Outcome


@dataclass(frozen=True)
class OldStateFinding:
    """What a rule about changes found."""

    finding: Finding
    severity: str
    level: str
    """`mandatory` or `advisory`."""
    urn: str
    resource: str
    """How an exemption names it: `Kind namespace/name`."""

    @property
    def blocks(self) -> bool:
        """Whether the change must not be made so."""
        return self.level == "mandatory" and self.finding.outcome in (Outcome.VIOLATION, Outcome.CRASHED)


@dataclass(frozen=True)
class ResourceRow:
    """One resource, before and after."""

    name: str
    unit: str
    """`CPUs`, `GiB`, `devices`, `nodes` or `workspaces`."""
    before: float
    after: float
    note: str = ""


@dataclass(frozen=True)
class ResourceChange:
    """What is asked for, before and after; rows that stay as they are included."""

    rows: tuple[ResourceRow, ...]


@dataclass(frozen=True)
class CostLine:
    """A part of the monthly cost."""

    name: str
    before: float
    after: float
    lacks_before: bool = False
    """Whether something without a price is left out of what it was: it was more then."""
    lacks_after: bool = False


@dataclass(frozen=True)
class CostChange:
    """The estimated cost of a month, before and after, both by the new price list."""

    currency: str
    before: float
    after: float
    lines: tuple[CostLine, ...] = ()
    notes: tuple[str, ...] = ()
    """What the estimate supposes and leaves out."""

    @property
    def total(self) -> CostLine:
        """All of it."""
        lacks = (any(line.lacks_before for line in self.lines), any(line.lacks_after for line in self.lines))
        return CostLine("", self.before, self.after, *lacks)


@dataclass(frozen=True)
class TargetChange:
    """A part of the promises that changes."""

    name: str
    before: str
    """Empty for what is added."""
    after: str
    """Empty for what is removed."""
    verdict: str
    """`loosened`, `tightened`, `changed`, `added` or `removed`."""
    remark: str = ""


@dataclass(frozen=True)
class ExemptionLine:
    """An exemption of the stack, and what became of it."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: str
    status: str
    """`used`, `unused`, `expired`, `incomplete`, or `undecided` where the run did not come to its end."""


@dataclass(frozen=True)
class Analysis:
    """All of it."""

    stateful: tuple[OldStateFinding, ...] = ()
    resources: ResourceChange | None = None
    cost: CostChange | None = None
    service_levels: tuple[TargetChange, ...] = ()
    exemptions: tuple[ExemptionLine, ...] = ()
