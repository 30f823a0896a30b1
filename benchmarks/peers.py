"""The servers that are measured, each a process of its own on one core.

    python benchmarks/peers.py NAME --port PORT --folder FOLDER --core CORE

NAME is ``recado``; ``stubbed``, the same with a store that keeps nothing; ``flask``,
the plain receiver many people have: Flask's own server, SQLAlchemy, one commit per
delivery and a thread per execution; ``gunicorn``, the fastest Flask we could write;
or ``fastapi``, the modern sibling with SQLAlchemy's async session.
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import io
import json
import logging
import os
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from results import database

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


class Waiting(Nothing):
    """An action that waits, as for the answer of a gateway."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def run(self, claimed: Any, trigger: Any) -> Any:
        await asyncio.sleep(self._seconds)
        return await super().run(claimed, trigger)


async def recado(port: int, folder: Path, *, stubbed: bool, worker: bool) -> None:
    from recado.cli.run_server import spare_the_collector
    from recado.model.trigger import ActionType
    from recado.server import Server
    from recado.settings import read_settings

    settings = read_settings(
        {
            "RECADO_DATA_DIR": str(folder),
            "RECADO_PORT": str(port),
            **database(),
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
    """The plain receiver: Flask's own server, a session and a commit per delivery.

    Each execution has a thread and a session of its own, and is marked when it starts
    and when it ends.
    """
    from flask import Flask, Response, request
    from sqlalchemy import create_engine
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import Session

    execution = make_model()
    engine = create_engine(f"sqlite:///{folder / 'flask.db'}")
    durable(engine)
    execution.metadata.create_all(engine)
    app = Flask("peer")

    def execute(number: int) -> None:
        with Session(engine) as session:
            one = session.get_one(execution, number)
            one.status = "running"
            session.commit()
            one.status = "completed"
            session.commit()

    @app.post("/hook")
    def hook() -> Response:
        body = request.get_data()
        if not is_signed(request.headers.get("X-Webhook-Signature", ""), body):
            return Response(status=401)
        event = json.loads(body)
        with Session(engine) as session:
            one = execution(idem=event["id"], status="pending", data=body.decode())
            session.add(one)
            try:
                session.commit()
            except IntegrityError:
                return Response('{"status":"ok"}', content_type="application/json")
            number = one.id
        threading.Thread(target=execute, args=(number,)).start()
        return Response('{"status":"ok"}', content_type="application/json")

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(port=port, threaded=True)


def gunicorn(port: int, folder: Path) -> None:
    """Flask as fast as we could make it: gunicorn, 64 threads, SQL by hand."""
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
        if not is_signed(request.headers.get("X-Webhook-Signature", ""), body):
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
    """FastAPI on uvicorn with SQLAlchemy's async session, a commit per delivery."""
    import uvicorn
    from fastapi import FastAPI, Request, Response
    from sqlalchemy import create_engine
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    execution = make_model()
    path = folder / "fastapi.db"
    plain = create_engine(f"sqlite:///{path}")
    durable(plain)
    execution.metadata.create_all(plain)
    plain.dispose()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    durable(engine.sync_engine)
    app = FastAPI()

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        body = await request.body()
        if not is_signed(request.headers.get("x-webhook-signature", ""), body):
            return Response(status_code=401)
        event = json.loads(body)
        async with AsyncSession(engine) as session:
            session.add(
                execution(idem=event["id"], status="pending", data=body.decode())
            )
            with contextlib.suppress(IntegrityError):
                await session.commit()
        return Response('{"status":"ok"}', media_type="application/json")

    uvicorn.run(app, port=port, log_level="critical", access_log=False)


def is_signed(given: str, body: bytes) -> bool:
    return hmac.compare_digest(given, signature(body))


def make_model() -> Any:
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class Execution(Base):
        __tablename__ = "executions"
        id: Mapped[int] = mapped_column(primary_key=True)
        idem: Mapped[str] = mapped_column(unique=True)
        status: Mapped[str]
        data: Mapped[str]

    return Execution


def durable(engine: Any) -> None:
    from sqlalchemy import event as sa_event

    @sa_event.listens_for(engine, "connect")
    def pragmas(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = full")
        connection.execute("PRAGMA busy_timeout = 30000")


PEERS = {"flask": flask, "gunicorn": gunicorn, "fastapi": fastapi}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=["recado", "stubbed", *PEERS])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--worker", action="store_true")
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.core})
    if given.name in PEERS:
        PEERS[given.name](given.port, given.folder)
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
