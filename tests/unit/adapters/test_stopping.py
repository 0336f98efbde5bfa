"""The first Ctrl-C waits for the step at work, the second does not."""

import signal

import pytest

from adapters.batch.stopping import stoppable


def test_the_first_is_raised_between_two_steps_and_not_within_one(capfd: pytest.CaptureFixture[str]) -> None:
    told, steps = list[tuple[int, int]](), list[str]()
    with stoppable(lambda done, of: told.append((done, of))) as progress:
        progress(1, 3)
        signal.raise_signal(signal.SIGINT)
        steps.append("the step at work comes to its end")
        with pytest.raises(KeyboardInterrupt):
            progress(2, 3)
    assert told == [(1, 3)]
    assert steps
    assert "Ctrl-C once more stops at once" in capfd.readouterr().err


def test_the_second_is_raised_where_it_comes_and_afterwards_all_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stoppable(lambda _, __: None):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
