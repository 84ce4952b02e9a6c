"""Tokens of an issuer with keys of its own, from end to end."""

import json
from pathlib import Path

from servers.issuer import issuing
from servers.judge import conform
from servers.palaver import serving

SCENARIOS = (
    "auth.connect.*",
    "auth.refused.*",
    "auth.request.*",
    "auth.token.altered",
    "messages.send.broadcast",
    "messages.send.non-member",
)


async def test_server_is_judged_with_tokens_of_an_issuer(tmp_path: Path) -> None:
    """A server that knows an issuer by its keys passes with that one's tokens, also those of a key that came later."""
    async with issuing("ES256", each=5) as issuer:
        environment = {
            "PALAVER_ENVIRONMENT": "production",
            "PALAVER_JWT_SECRET": "a secret of its own, long enough for HS256",
            **dict(each.split("=", 1) for each in issuer.settings),
        }
        async with serving("--dialect", "gateway", env=environment) as server:
            subject = tmp_path / "subject.json"
            said = {"spec": "gateway", "urls": [server.url], "accounts": {"command": issuer.command}}
            subject.write_text(json.dumps(said))
            only = [part for each in SCENARIOS for part in ("--only", each)]
            judgement = await conform(tmp_path, "--subject", str(subject), "--time-factor", "4", *only)
    assert judgement.shortcomings == {}, judgement.printed
    assert len(judgement.passed) >= 9
    assert judgement.code == 0
    # The key changed on the way, and was looked for once, and so was one that nobody has: unless it was asked for at a
    # moment in which the keys had just been fetched.
    assert issuer.issued[0] == 5
    assert issuer.issued[1] > 0
    assert issuer.asked in (2, 3)
