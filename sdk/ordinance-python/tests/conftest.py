"""The rulebooks of the tests, which `test.sh` builds."""

import os

import pytest

from ordinance import Rulebook


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return Rulebook(os.environ["ORDINANCE_RULEBOOK"])


@pytest.fixture(scope="session")
def changed_rulebook() -> Rulebook:
    """The same law, but Tennessee disregards more of what a family earns."""
    return Rulebook(os.environ["ORDINANCE_NEW_RULEBOOK"])


@pytest.fixture
def family() -> dict:
    """A family of three in Indiana without income: it is granted the most of its size."""
    return {
        "jurisdiction": "US-IN",
        "service": "cash-assistance",
        "as_of": "2026-01-15",
        "facts": {
            "household_size": 3,
            "earners": [],
            "unearned_income": 0,
            "liquid_assets": 0,
            "vehicle_equity": 0,
            "has_eligible_child": True,
            "any_member_lawfully_present": True,
            "already_enrolled": False,
        },
    }
