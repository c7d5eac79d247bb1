"""A server that speaks the chat-completions protocol and says what it is told to, for loads and faults.

It counts every call under the last message's text, knows how many were in flight at once, and can answer late, with any
status, with half a body, or by killing the process that asks. As a command it runs alone:

    .venv/bin/python -m benchmarks.chat_server --port 9900 --latency 0.2

and `GET /stats` tells the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden"}


@dataclass
class Say:
    """What to answer one call."""

    text: str = "I hear you."
    status: int = 200
    delay: float = 0.0
    finish: str = "stop"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None  # instead of the usual answer
    cut: bool = False  # half of the body, then nothing
    drop: bool = False  # close without a word
    kill: bool = False  # kill -9 whoever asks
    extra: dict[str, Any] = field(default_factory=dict)  # more of the message
    usage: tuple[int, int] | None = (12, 8)


Script = Callable[[dict[str, Any], int], Say]


@dataclass
class Chat:
    """The server's state; read it from any thread."""

    script: Script
    calls: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    now: int = 0
    most: int = 0
    port: int = 0
    keep: bool = True

    @property
    def url(self) -> str:
        """The base URL an endpoint is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def total(self) -> int:
        """All calls so far."""
        return sum(self.calls.values())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it closes."""
        # Cancelled where the server ends: nobody waits for this connection any more.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        _method, path, _version = first.split(" ")
        if path.endswith("/models"):
            return await self._send(writer, Say(), json.dumps({"object": "list", "data": [model("tiny")]}).encode())
        if path == "/stats":
            return await self._send(writer, Say(), json.dumps(self.stats()).encode())
        return await self._chat(writer, json.loads(body), headers)

    async def _chat(self, writer: asyncio.StreamWriter, request: dict[str, Any], headers: dict[str, str]) -> bool:
        words = str(request["messages"][-1]["content"])
        self.calls[f"{request['model']}\x1f{words}"] += 1
        self.times.append(time.time())
        if self.keep:
            self.requests.append(request)
            self.headers.append(headers)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            say = self.script(request, self.calls[f"{request['model']}\x1f{words}"])
            if say.kill:
                kill_peer(writer)
            await asyncio.sleep(say.delay)
        finally:
            self.now -= 1
        return await self._send(writer, say, answer(request, say) if say.body is None else say.body)

    async def _send(self, writer: asyncio.StreamWriter, say: Say, body: bytes) -> bool:
        if say.drop:
            return False
        lines = {"content-type": "application/json", "content-length": str(len(body))} | say.headers
        head = f"HTTP/1.1 {say.status} {REASONS.get(say.status, 'Status')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
        writer.write(head.encode() + (body[: len(body) // 2] if say.cut else body))
        await writer.drain()
        return not say.cut

    def stats(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "calls": self.total,
            "different": len(self.calls),
            "most_for_one": max(self.calls.values(), default=0),
            "most_in_flight": self.most,
            "seconds": (max(self.times) - min(self.times)) if self.times else 0.0,
        }


def model(name: str) -> dict[str, Any]:
    """Return a model as the server lists it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "bench"}


def answer(request: dict[str, Any], say: Say) -> bytes:
    """Return the body of an answer, or of an error."""
    if say.status != 200:
        return json.dumps({"error": {"message": say.text, "type": "error", "code": say.extra.get("code")}}).encode()
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": say.text} | say.extra,
        "finish_reason": say.finish,
    }
    body = {"id": "c", "object": "chat.completion", "created": 0, "model": request["model"], "choices": [choice]}
    if say.usage:
        body["usage"] = {"prompt_tokens": say.usage[0], "completion_tokens": say.usage[1]}
    return json.dumps(body).encode()


def kill_peer(writer: asyncio.StreamWriter) -> None:
    """Kill the process at the other end of a local connection, as a crash would."""
    port = writer.get_extra_info("peername")[1]
    if (pid := owner_of(port)) is not None:
        os.kill(pid, signal.SIGKILL)


def owner_of(port: int) -> int | None:
    """Return the process that holds the local end `port` of a connection."""
    wanted = f":{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(wanted)}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for link in folder.iterdir():
                with suppress(OSError):
                    if str(link.readlink()) in inodes and int(folder.parent.name) != os.getpid():
                        return int(folder.parent.name)
    return None


@contextmanager
def running(script: Script) -> Iterator[Chat]:
    """Run a server in a thread of this process until the block ends."""
    chat, loop, ready = Chat(script), asyncio.new_event_loop(), threading.Event()

    async def main() -> None:
        server = await asyncio.start_server(chat.serve, "127.0.0.1", 0, backlog=1024)
        chat.port = server.sockets[0].getsockname()[1]
        ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    def work() -> None:
        # All of the loop's life in this thread: the caller's may have a loop of its own.
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        for left in asyncio.all_tasks(loop):
            left.cancel()
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(left)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    task = loop.create_task(main())
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait(10)
    yield chat
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9900)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--text", default=Say.text, help="what every answer says")
    options = parser.parse_args()
    chat = Chat(lambda request, times: Say(text=options.text, delay=options.latency), keep=False)

    async def serve() -> None:
        server = await asyncio.start_server(chat.serve, "127.0.0.1", options.port, backlog=1024)
        async with server:
            await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
