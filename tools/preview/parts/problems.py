"""Errors and warnings of the program, the engine and the providers."""

from tools.preview.blocks import Code, Line, Listing, Listings, Section, shortened
from tools.preview.recording import Error, Recording
from tools.preview.verdict import errors, refuses_deletion

LONGEST = 3_000


def broken(recording: Recording) -> Section | None:
    """Errors, each as it was said; that something is protected is told with what would be deleted."""
    deleted = {step.urn for step in recording.changes if step.op == "delete" and step.protected}
    found = [error for error in errors(recording) if not (refuses_deletion(error) and error.urn in deleted)]
    if not found:
        return None
    parts = tuple(Listing(_about(error, recording), shortened(error.message, LONGEST), "text") for error in found)
    return Section("Errors", Listings(parts), importance=110, noun="errors")


def warned(recording: Recording) -> Section | None:
    """Warnings, such as a version that is past its end."""
    if not recording.warnings:
        return None
    parts = tuple(
        Listing(_about(warning, recording), shortened(warning.message, LONGEST), "text")
        for warning in recording.warnings
    )
    title = f"{len(parts)} {'warning' if len(parts) == 1 else 'warnings'}"
    return Section(title, Listings(parts), importance=20, noun="warnings", folded=True)


def _about(error: Error, recording: Recording) -> Line:
    if not error.urn or "pulumi:pulumi:Stack::" in error.urn:
        return ()
    labels = {step.urn: step.label for step in recording.steps}
    return (Code(labels.get(error.urn, error.urn.rpartition("::")[2])),)
