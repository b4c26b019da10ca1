"""Accepts the present state of the golden files; review the diff before you commit it."""

from tests.golden.produce import FILES, FOLDER

for name, produce in FILES.items():
    path, text = FOLDER / name, produce()
    changed = not path.exists() or path.read_text() != text
    path.write_text(text)
    print(f"{'changed  ' if changed else 'unchanged'} tests/golden/{name}")
