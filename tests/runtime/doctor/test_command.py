"""`palaver doctor`."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from palaver_runtime.command import migrate
from palaver_runtime.doctor import command

Run = Callable[..., Result]
SECRET = "0f8a6c2e9b4d7153a0c8e6f2b9d41735"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """How to run it in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("PALAVER_")]:
        monkeypatch.delenv(name)

    def run_(*arguments: str, **variables: str) -> Result:
        app = typer.Typer()
        command.register(app)
        app.command()(migrate)
        env = {f"PALAVER_{name}": value for name, value in variables.items()}
        done = CliRunner().invoke(app, arguments, env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run_


def test_what_is_in_order_exits_with_0(run: Run, tmp_path: Path) -> None:
    """On a database that was migrated, with a secret; what is worth a look counts only if it is to."""
    assert run("migrate").exit_code == 0
    (tmp_path / "palaver.db").chmod(0o644)
    done = run("doctor", JWT_SECRET=SECRET)
    assert done.exit_code == 0, done.output
    assert "0 to be mended" in done.stdout
    assert "chmod 600 palaver.db" in done.stdout
    assert SECRET not in done.output
    assert "\x1b" not in done.output
    assert run("doctor", "--strict", JWT_SECRET=SECRET).exit_code == 1


def test_what_is_to_be_mended_exits_with_1(run: Run) -> None:
    """Everything that is wrong is told in one go: settings, database and Redis; nothing is made on the way."""
    done = run(
        "doctor",
        "--json",
        *("--dialect", "gateway"),
        JWT_SECRET="a" * 40,
        LOG_LEVEL="loud",
        DATABASE_URL="postgresql://palaver:geheim@127.0.0.1:1/chat",
        REDIS_URL="redis://:geheim@127.0.0.1:1/0",
    )
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert not told["ok"]
    wrong = {(each["area"], each["name"]) for each in told["findings"] if each["level"] == "error"}
    assert {
        ("configuration", "settings"),
        ("configuration", "secret"),
        ("database", "reachable"),
        ("redis", "reachable"),
    } <= wrong
    assert all(each["remedy"] for each in told["findings"] if each["level"] != "ok")
    assert "geheim" not in done.output
    assert list(Path().iterdir()) == []


def test_unknown_dialect_is_wrong_usage(run: Run) -> None:
    """As for `palaver serve`."""
    assert run("doctor", "--dialect", "gatewya").exit_code == 2
