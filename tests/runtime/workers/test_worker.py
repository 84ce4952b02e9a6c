"""A worker."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from palaver_runtime.transports.listener import bound_socket
from palaver_runtime.workers.assignment import FIGURES, READINESS, Assignment
from palaver_runtime.workers.process import WorkerProcess


async def test_worker_serves_answers_and_ends_with_its_supervisor(tmp_path: Path) -> None:
    """It serves on the socket that it was given, tells of itself, and drains when its supervisor is gone."""
    with bound_socket("127.0.0.1", 0) as bound:
        assignment = Assignment(
            number=4,
            flags={"database_url": f"sqlite:///{tmp_path}/palaver.db", "jwt_secret": "s" * 32},
            dialects=("gateway",),
            apps=(),
            app_dirs=(),
            port=0,
            grpc_port=None,
            sockets={0: bound.fileno()},
        )
        worker = await WorkerProcess.start(assignment, [bound.fileno()])
        try:
            await worker.ready()
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://127.0.0.1:{bound.getsockname()[1]}/healthz", timeout=30)
            assert answer.json() == {"status": "ok"}
            said = await worker.ask(READINESS)
            assert said is not None
            assert said["status"] == 200
            figures = await worker.ask(FIGURES)
            assert figures is not None
            families = {each.name for each in text_string_to_metric_families(str(figures["figures"]))}
            assert "palaver_connections" in families
            assert worker._streams is not None
            worker._streams[1].close()
            assert await worker.ended() == 0
        finally:
            worker.kill()
            await worker.ended()
