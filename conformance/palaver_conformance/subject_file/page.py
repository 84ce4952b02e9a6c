"""The reference page of the subject file, written from its keys.

python -m palaver_conformance.subject_file.page docs/reference/subject-file.md
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from palaver_conformance.subject_file.keys import KEYS, Key

_HEAD = """\
<!-- Written by `make reference` from the keys themselves. Do not edit. -->

# The subject file

What `palaver conform --subject FILE` reads: which server is judged, and how. It is YAML, or TOML if the name ends in
`.toml`. `palaver conform --init` writes one to begin with, explained by comments; [How to judge your own
server](../howto/judge-a-server.md) shows its use.

All keys may be left out. A flag on the command line goes before the key of the same meaning: `--url` before `urls` and
`launch`, `--launch` before both too, `--secret` before `accounts`. Relative paths start from the file's folder, and
commands run in it. A wrong key or value is told with its line, and nothing is run.

| key | value | what it says |
|---|---|---|
"""
_TAIL = """\

## Accounts

Without `accounts`, users are made by the operation that means `account.register`. At most one of the others is given:

- `secret` or `secret_env`: the harness signs tokens itself, JSON Web Tokens with HS256, the user in the claim `sub`.
  Only then are there administrators (claim `role`), and hostile tokens.
- `command`: is run for each user. It prints the token on one line, or `{"token": …, "user": …}` where the user is known
  by another identifier than the name that was asked for. Of a token alone, the user is the claim `sub` if it is a JSON
  Web Token, and else the name.
- `tokens`: users who are there already. A user is in one scenario at a time, so that few tokens make a slow run, and in
  many one after the other. A failure in which somebody took part who had been in a scenario before says so.

Secrets and tokens are in no report and no message. Better still, they are not in the file: `secret_env` and `token_env`
name variables of the environment.

## Limits

Unless `limits` says what to expect, the limits are sought: with 600 messages in bursts, and with 20 connections of one
user; a server that takes all these connections is taken to have no such limit. With `limits`, the search is just wide
enough, and a limit that is not met is a failure.

Those from `address` on are not sought, as that would take a flood: they apply where `limits` names them, and where they
are so small that a scenario can meet them. To see them all, start your server with small ones, and name these:

```yaml
limits:
  total: 40
  address_requests: 300
  frame: 70000
  unread: 20000
  page: 3
  members: 4
```

What uses up what all share (`--tag alone`: connections and requests of an address, connections in all) is tried when
everything else is over.

## Known failures

`ledger` names the file of known failures: see
[known failures](../howto/judge-a-server.md#failures-that-you-know-of).
"""


def page() -> str:
    """Return the reference page, in Markdown."""
    return _HEAD + "".join(_rows(KEYS, "")) + _TAIL


def _rows(keys: Mapping[str, Key], group: str) -> Iterator[str]:
    """Yield a row for each key, that of a group before those of what is in it."""
    for name, key in keys.items():
        yield f"| `{group}{name}` | {key.form} | {key.says} |\n"
        if key.keys is not None:
            yield from _rows(key.keys, f"{group}{name}.")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
