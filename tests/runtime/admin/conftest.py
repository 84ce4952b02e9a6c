"""Runs the commands on a database of their own."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from palaver_runtime.adapters.passwords import Argon2Passwords
from palaver_runtime.admin import command
from palaver_runtime.command import migrate

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """How to run a command on an empty database: `run("users", "create", "ann", said="...", REDIS_URL=url)`."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("PALAVER_")]:
        monkeypatch.delenv(name)

    async def plain(_self: Argon2Passwords, password: str) -> str:
        return f"plain:{password}"

    # Slow on purpose, and nothing that these tests are about.
    monkeypatch.setattr(Argon2Passwords, "hash", plain)
    app = typer.Typer()
    command.register(app)
    app.command()(migrate)

    def run_(*arguments: str, said: str | None = None, **variables: str) -> Result:
        env = {f"PALAVER_{name}": value for name, value in variables.items()}
        done = CliRunner().invoke(app, arguments, env=env, input=said)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    assert run_("migrate").exit_code == 0
    return run_


@pytest.fixture
def ask(run: Run) -> Ask:
    """How to run a command with --json that works, and to get what it says."""

    def ask_(*arguments: str, **more: Any) -> Any:
        done = run(*arguments, "--json", **more)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return ask_
