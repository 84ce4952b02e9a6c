"""The pytest plugin: with `pytest --palaver-subject FILE` each scenario is an item of the run."""
