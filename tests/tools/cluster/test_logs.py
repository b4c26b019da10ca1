import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.cluster import logs


@given(st.lists(st.text(alphabet="abc xyz", max_size=50), max_size=30), st.integers(min_value=0, max_value=40))
def test_the_tail_is_the_last_lines(tmp_path_factory, lines, count):
    path = tmp_path_factory.mktemp("logs") / "x.log"
    path.write_text("".join(f"{line}\n" for line in lines))

    assert logs.tail(path, count) == (lines[-count:] if count else [])


def test_the_tail_of_a_large_log_starts_with_a_whole_line(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("".join(f"{number:04} {'x' * 3000}\n" for number in range(100)))

    found = logs.tail(path, 2)

    assert [line[:4] for line in found] == ["0099"]


def test_an_excerpt_is_short_even_of_long_lines(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("y" * 10_000 + "\nlast\n")

    assert logs.excerpt(path).splitlines() == ["  " + "y" * 300, "  last"]
    assert logs.excerpt(tmp_path / "none") == ""


def test_rotation_keeps_one_older_log(tmp_path):
    path = tmp_path / "x.log"
    for content in ("first", "second", "third"):
        logs.rotate(path)
        path.write_text(content)

    assert path.read_text() == "third"
    assert (tmp_path / "x.log.1").read_text() == "second"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_log_that_grows_is_emptied_under_the_writer(tmp_path):
    path = tmp_path / "x.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"a" * 100)
        assert not logs.shrink(path, largest=100)
        writer.write(b"b")
        assert logs.shrink(path, largest=100)
        writer.write(b"after\n")

    assert path.read_text() == "after\n"
    assert (tmp_path / "x.log.1").stat().st_size == 101
    assert not logs.shrink(tmp_path / "none")


def test_a_follower_yields_whole_lines_also_after_the_log_was_emptied_or_made_anew(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("before\n")
    follower = logs.Follower(path)
    with path.open("a") as writer:
        writer.write("one\ntw")
        writer.flush()
        first = follower.lines()
        writer.write("o\n")
        writer.flush()
        second = follower.lines()
    path.write_text("x\n")
    emptied = follower.lines()
    path.rename(tmp_path / "x.log.1")
    gone = follower.lines()
    path.write_text("a longer line than before\n")
    anew = follower.lines()

    assert (first, second, emptied, gone, anew) == (["one"], ["two"], ["x"], [], ["a longer line than before"])


def test_all_logs_are_shown_with_the_component_in_front(tmp_path):
    (tmp_path / "etcd.log").write_text("a\nb\n")
    (tmp_path / "kwok.log").write_text("c\n")
    written: list[str] = []

    def pause():
        if len(written) == 3:
            raise KeyboardInterrupt
        with (tmp_path / "kwok.log").open("a") as log:
            log.write("d\n")

    with pytest.raises(KeyboardInterrupt):
        logs.show(
            [("etcd", tmp_path / "etcd.log"), ("kwok", tmp_path / "kwok.log"), ("none", tmp_path / "none.log")],
            lines=1,
            follow=True,
            write=written.append,
            pause=pause,
        )

    assert written == ["etcd | b", "kwok | c", "kwok | d"]
