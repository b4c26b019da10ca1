from tools.local import groups


def test_a_group_goes_from_every_hierarchy_with_what_is_below_it(tmp_path):
    for place in ("memory/slate-build-1/step/inner", "cpu/slate-build-1", "slate-build-1/step", "memory/slate-build-2"):
        (tmp_path / place).mkdir(parents=True)

    groups.remove("slate-build-1", tmp_path)

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "cpu",
        "memory",
        "memory/slate-build-2",
    ]


def test_a_group_in_use_stays(tmp_path):
    busy = tmp_path / "cpu" / "slate-build-1"
    busy.mkdir(parents=True)
    (busy / "in-use").write_text("")  # as if a process were in it: the folder cannot be removed

    groups.remove("slate-build-1", tmp_path)

    assert busy.is_dir()


def test_no_group_is_nothing_to_do(tmp_path):
    groups.remove("slate-build-1", tmp_path)

    assert list(tmp_path.iterdir()) == []
