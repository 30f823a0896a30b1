"""The servers that are measured, each a process of its own on one core.

    python benchmarks/peers.py NAME --port PORT --folder FOLDER --core CORE

NAME is ``recado``; ``stubbed``, the same with a store that keeps nothing; ``flask``,
the plain receiver many people have: one commit per delivery and a thread per
execution; or ``fastapi``, its modern sibling with SQLAlchemy.
"""

import argparse
import asyncio
import hashlib
import hmac
import io
import json
import os
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

SECRET = "benchmark-secret"
TRIGGER = {
    "name": "benchmark",
    "source": "custom",
    "action_type": "prompt",
    "action_payload": "nothing",
    "secret": SECRET,
    "settings": {"idempotency_path": "id"},
}
KEY = "rcd_benchmark_key_of_this_run"
DB_SCHEMA = """
CREATE TABLE IF NOT EXISTS executions (id INTEGER PRIMARY KEY, idem TEXT UNIQUE,
status TEXT, data TEXT, at REAL)
"""


def signature(body: bytes) -> str:
    """Return what the sender puts into its header."""
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


class Nothing:
    """An action that does nothing, so that only the queue is measured."""

    def problems(self, payload: object) -> list[str]:
        return []

    def destination(self, trigger: Any) -> None:
        return None

    async def run(self, claimed: Any, trigger: Any) -> Any:
        from recado.model.outcome import Success

        return Success()


async def recado(port: int, folder: Path, *, stubbed: bool, worker: bool) -> None:
    from recado.model.trigger import ActionType
    from recado.server import Server, spare_the_collector
    from recado.settings import read_settings

    settings = read_settings(
        {
            "RECADO_DATA_DIR": str(folder),
            "RECADO_PORT": str(port),
            "RECADO_BOOTSTRAP_API_KEY": KEY,
            "RECADO_CONCURRENCY": "256",
            "RECADO_PROCESSES": "256",
        }
    )
    actions = dict.fromkeys(ActionType, Nothing())
    with (folder / "log").open("w") as log:
        server = Server(settings, actions=actions, log_to=log, with_worker=worker)
        async with server:
            spare_the_collector()
            if stubbed:
                numbers = iter(range(1, sys.maxsize))

                async def accept(new: Any) -> int:
                    return next(numbers)

                server.store.accept = accept  # type: ignore[method-assign]
            await asyncio.Event().wait()


def flask(port: int, folder: Path) -> None:
    from flask import Flask, Response, request
    from gunicorn.app.base import BaseApplication

    app = Flask("peer")
    path = folder / "flask.db"

    def connect() -> sqlite3.Connection:
        opened = sqlite3.connect(path, timeout=30)
        opened.execute("PRAGMA journal_mode = wal")
        opened.execute("PRAGMA synchronous = full")
        return opened

    connect().execute(DB_SCHEMA)

    def execute(number: int | None) -> None:
        opened = connect()
        with opened:
            opened.execute(
                "UPDATE executions SET status = 'completed' WHERE id = ?", (number,)
            )
        opened.close()

    @app.post("/hook")
    def hook() -> Response:
        body = request.get_data()
        given = request.headers.get("X-Webhook-Signature", "")
        if not hmac.compare_digest(given, signature(body)):
            return Response(status=401)
        event = json.loads(body)
        opened = connect()
        with opened:
            done = opened.execute(
                "INSERT OR IGNORE INTO executions (idem, status, data, at) "
                "VALUES (?, 'pending', ?, 0)",
                (event["id"], body.decode()),
            )
        opened.close()
        if done.rowcount:
            threading.Thread(target=execute, args=(done.lastrowid,)).start()
        return Response('{"status":"ok"}', content_type="application/json")

    class Application(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                "bind": f"127.0.0.1:{port}",
                "worker_class": "gthread",
                "threads": 64,
                "loglevel": "critical",
                "keepalive": 60,
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    Application().run()


def fastapi(port: int, folder: Path) -> None:
    import uvicorn
    from fastapi import FastAPI, Request, Response
    from sqlalchemy import event as sa_event
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    path = folder / "fastapi.db"
    sqlite3.connect(path).execute(DB_SCHEMA)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    @sa_event.listens_for(engine.sync_engine, "connect")
    def pragmas(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = full")
        connection.execute("PRAGMA busy_timeout = 30000")

    app = FastAPI()

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        body = await request.body()
        given = request.headers.get("x-webhook-signature", "")
        if not hmac.compare_digest(given, signature(body)):
            return Response(status_code=401)
        event = json.loads(body)
        async with engine.begin() as conn:
            await conn.execute(
                text(
                    "INSERT OR IGNORE INTO executions (idem, status, data, at) "
                    "VALUES (:idem, 'pending', :data, 0)"
                ),
                {"idem": event["id"], "data": body.decode()},
            )
        return Response('{"status":"ok"}', media_type="application/json")

    uvicorn.run(app, port=port, log_level="critical", access_log=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=["recado", "stubbed", "flask", "fastapi"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--worker", action="store_true")
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.core})
    if given.name == "flask":
        flask(given.port, given.folder)
    elif given.name == "fastapi":
        fastapi(given.port, given.folder)
    else:
        import uvloop

        sys.stderr = io.StringIO()
        uvloop.run(
            recado(
                given.port,
                given.folder,
                stubbed=given.name == "stubbed",
                worker=given.worker,
            )
        )


if __name__ == "__main__":
    main()
