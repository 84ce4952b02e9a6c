"""Deliberately broken variants of the reference server, by capability, then by what other dialects have of their own.

They show that the conformance suite, and the one scenario by name, can fail.
"""

from mutants.catalogue import (
    aether,
    auth,
    bounds,
    changes,
    conversations,
    credentials,
    envelope,
    faults,
    generated,
    instances,
    issued,
    limits,
    membership,
    messages,
    messenger,
    origins,
    permissions,
    presence,
    protocol,
    receipts,
    small,
    social,
    sync,
    typing,
)
from mutants.mutant import Mutant

_MODULES = (
    auth,
    issued,
    conversations,
    membership,
    messages,
    changes,
    sync,
    receipts,
    presence,
    typing,
    protocol,
    limits,
    credentials,
    origins,
    permissions,
    bounds,
    small,
    instances,
    faults,
    generated,
    aether,
    envelope,
    messenger,
    social,
)

MUTANTS = {each.name: each for module in _MODULES for each in vars(module).values() if isinstance(each, Mutant)}
"""All of them, by name, in the order in which the modules and their functions stand."""
