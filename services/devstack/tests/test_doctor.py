"""The doctor looks at everything that is needed, and every missing thing comes with a cure."""

import subprocess
import sys

import pytest

from voicecbt.devstack import doctor

pytestmark = pytest.mark.integration


def test_every_finding_that_fails_says_how_to_get_it():
    found = list(doctor.findings())
    assert {"git", "make", "Python 3.11", "disk space"} <= {finding.name for finding in found}
    assert all(finding.cure for finding in found if not finding.ok)


def test_what_is_missing_is_told_and_fails(monkeypatch, capsys):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert doctor.main() == 1
    told = capsys.readouterr().out
    assert "MISSING  git" in told and "apt-get install git" in told


def test_it_runs_with_nothing_but_the_standard_library():
    result = subprocess.run([sys.executable, "-I", "-S", doctor.__file__], capture_output=True, text=True, check=False)
    assert "Python 3.11" in result.stdout
    assert result.stderr == ""
