"""The chat server of another team, in Node.js: what `palaver conform --launch` is to start."""

import shlex
from pathlib import Path

import pytest
from servers.node import install

PROJECT = Path(__file__).parents[1] / "foreign" / "server"


async def command() -> str:
    """Give what starts one instance, in memory. Passwords cost little: people are registered by the hundred."""
    node = await install(PROJECT)
    return f"PASSWORD_COST=1024 JWT_SECRET={{secret}} {shlex.join([node, str(PROJECT / 'main.js')])} --port {{port}}"


@pytest.fixture(scope="session")
async def foreign_server() -> str:
    """The command that starts one instance."""
    return await command()


def across_instances(command: str) -> str:
    """The same, for instances that meet in a Redis."""
    return f"{command} --redis {{redis_url}}"
