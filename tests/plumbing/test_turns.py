"""Requests compute one after another, slow ones are overtaken, and connections pass from request to request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse

from config.turns import SMALL, Turns


def called(turns: Turns, **environ: Any) -> bytes:
    """Return what an application answers, as a server reads it."""
    answer = turns(environ, lambda *_told: None)
    try:
        return b"".join(answer)
    finally:
        if not isinstance(answer, list):
            answer.close()  # type: ignore[attr-defined]


def at_once(*calls: Callable[[], Any]) -> None:
    """Run calls in threads of their own and wait for all."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_requests_compute_one_after_another() -> None:
    inside, most = [], []

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return HttpResponse(b"done")

    turns = Turns(application, patience=60)
    at_once(*[lambda: called(turns)] * 5)
    assert most == [1, 1, 1, 1, 1]


def test_slow_request_is_overtaken() -> None:
    order: list[str] = []
    finish = threading.Event()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow/":
            assert finish.wait(60)
        order.append(environ["PATH_INFO"])
        return HttpResponse(b"")

    turns = Turns(application, patience=0.01)

    def overtake() -> None:
        called(turns, PATH_INFO="/quick/")
        finish.set()

    at_once(lambda: called(turns, PATH_INFO="/slow/"), overtake)
    assert order == ["/quick/", "/slow/"]
    assert not turns.turn.locked()


def test_response_is_closed_once_and_its_turn_ends_with_an_error_too() -> None:
    closed: list[str] = []

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        response = HttpResponse(b"a page")
        response.close = lambda: closed.append("page")  # type: ignore[method-assign]
        if environ:
            raise ZeroDivisionError
        return response

    turns = Turns(application)
    assert (called(turns), closed) == (b"a page", ["page"])
    with pytest.raises(ZeroDivisionError):
        called(turns, PATH_INFO="/")
    assert not turns.turn.locked()


def test_streamed_response_leaves_the_turn_to_others_while_it_is_sent() -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ:
            return HttpResponse(b"other")
        return StreamingHttpResponse(called(turns, PATH_INFO=str(n)) for n in range(3))

    turns = Turns(application, patience=60)
    assert called(turns) == b"other" * 3


@pytest.mark.parametrize(("length", "read"), [(5, True), (SMALL + 1, False)])
def test_small_bodies_are_read_before_the_turn(length: int, read: bool) -> None:
    body = BytesIO(b"x" * length)
    turns = Turns(lambda environ, start: HttpResponse(environ["wsgi.input"].read()))
    state = []
    turns.turn.acquire()

    def watch() -> None:
        while not state:
            state.append(body.tell() == length) if body.tell() or not read else time.sleep(0.001)
        turns.turn.release()

    watcher = threading.Thread(target=watch)
    watcher.start()
    turns.patience = 60
    assert called(turns, CONTENT_LENGTH=str(length), **{"wsgi.input": body}) == b"x" * length
    watcher.join()
    assert state == [read]


@pytest.mark.django_db(transaction=True)
def test_connection_passes_from_thread_to_thread() -> None:
    used: list[tuple[int, int]] = []

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        used.append((threading.get_ident(), id(connections["default"])))
        return HttpResponse(b"")

    turns = Turns(application, patience=60)
    barrier = threading.Barrier(3)

    def request() -> None:
        barrier.wait()
        called(turns)
        barrier.wait()

    at_once(*[request] * 3)
    assert len({thread for thread, _ in used}) == 3
    assert len({wrapper for _, wrapper in used}) == 1
    for spare in turns.shelf.spare:
        spare.close()


@pytest.mark.django_db(transaction=True)
def test_django_answers_through_turns() -> None:
    turns = Turns(get_wsgi_application())
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/health/", "SERVER_NAME": "testserver", "SERVER_PORT": "80",
        "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    results: list[bytes] = []

    def request() -> None:
        answer = turns(environ, lambda status, headers: told.append(status))
        assert isinstance(answer, list)
        results.extend(answer)
        for spare in turns.shelf.spare:
            spare.close()

    at_once(request)
    assert told == ["200 OK"]
