"""Writes docs/settings.md and docs/settings.schema.json from the settings models."""
