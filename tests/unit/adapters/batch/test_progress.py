"""What is shown: a line now and then where nobody looks, a bar on a terminal; rate and time to go are those of this run."""

import io

import pytest

from adapters.batch.progress import Pace, shown


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_run_that_goes_on_counts_its_own_part() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.words(30_000, 50_000) == "30,000 of 50,000, 0 a second, 20,000 left, nothing comes back yet"
    clock.now += 10
    assert pace.words(35_000, 50_000) == "35,000 of 50,000, 500 a second, 15,000 left, 30 s to go"
    clock.now += 100
    assert "nothing comes back yet" in pace.words(35_000, 50_000), "it stands still now, whatever it did before"
    clock.now += 10
    assert pace.words(50_000, 50_000) == "50,000 of 50,000, 1,500 a second, 0 left"


@pytest.mark.parametrize(("rate", "words"), [(1, "1.4 h to go"), (10, "8 min to go"), (1_000, "5 s to go")])
def test_time_to_go_in_words(rate: int, words: str) -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.words(0, 5_000 + rate)
    clock.now += 1
    assert pace.words(rate, 5_000 + rate).endswith(words)


def test_a_line_each_ten_seconds_where_nobody_looks() -> None:
    clock, out = Clock(), io.StringIO()
    with shown(out, clock) as progress:
        for second in range(35):
            clock.now = 100.0 + second
            progress(second * 10, 350)
        progress(350, 350)
    assert [line.split(",")[0] for line in out.getvalue().splitlines()] == [
        "checked 100 of 350", "checked 200 of 350", "checked 300 of 350", "checked 350 of 350",
    ]  # fmt: skip


def test_a_bar_on_a_terminal() -> None:
    clock, out = Clock(), Terminal()
    with shown(out, clock) as progress:
        progress(0, 400)
        clock.now += 2
        progress(100, 400)
    assert "checked" in out.getvalue()
    assert "100 of 400" in out.getvalue()
