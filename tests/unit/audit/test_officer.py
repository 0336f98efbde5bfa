"""Who sits at the machine is not what the environment says: else one person is four eyes."""

import os
import pwd

import pytest

from audit import access


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_an_account_is_not_the_callers_to_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "head-wang")
    assert access.officer() == pwd.getpwuid(os.getuid()).pw_name != "head-wang"
