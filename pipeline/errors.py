"""Failures that end a run, each with its exit code.

The message is one sentence that says what is wrong and what to do. Library code raises; the command line
prints the sentence and exits with the code.
"""

from __future__ import annotations


class CountersignError(Exception):
    """A failure that the user can mend."""

    exit_code = 1


class RosterError(CountersignError):
    """The roster, or what `countersign.toml` says about its articles, can't be used: wrong use of the command."""

    exit_code = 2
