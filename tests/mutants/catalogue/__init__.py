"""Mutants of the reference server, by capability, then by what other dialects have of their own.

All of them together are in mutants.reference: a server that is to be broken imports the one module that it needs.
"""
