"""Run `palaver serve`, and say on SIGUSR1 how many tasks it has: python tests/fuzz/serve.py [ITS OPTIONS]."""

import asyncio
import gc
import json
import os
import signal
import sys

if not __package__:
    # This folder's modules have names of libraries.
    del sys.path[0]

from palaver.__main__ import main

FIGURES = "fuzz figures "


def _tell(number: int, frame: object) -> None:
    gc.collect()
    running = asyncio._get_running_loop()
    tasks = len(asyncio.all_tasks(running)) if running is not None else 0
    os.write(2, f"{FIGURES}{json.dumps({'tasks': tasks})}\n".encode())


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _tell)
    main(["serve", *sys.argv[1:]])
