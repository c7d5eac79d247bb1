"""What goes over the wire: the payload as it is, with what is no part of the protocol beside it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.chat_server import Say
from evaluation.providers.client import Caller, Target


def test_the_body_is_the_payload_with_further_parameters_beside_it(chat: Any) -> None:
    sent: list[dict[str, Any]] = []

    def script(request: dict[str, Any], _times: int) -> Say:
        sent.append(request)
        return Say(text="Fine.")

    payload = {
        "model": "tiny", "messages": [{"role": "user", "content": "How are you?"}], "temperature": 0.5,
        "extra_body": {"top_k": 3}, "response_format": {"type": "json_object", "schema": {"type": "object"}},
    }  # fmt: skip

    async def called() -> str:
        caller = Caller()
        try:
            return (await caller.call(Target(chat(script).url, "", 10.0), payload)).text
        finally:
            await caller.close()

    # In a thread of its own: a browser's tests leave a loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        assert thread.submit(lambda: asyncio.run(called())).result() == "Fine."
    assert sent == [{
        "model": "tiny", "messages": [{"role": "user", "content": "How are you?"}], "temperature": 0.5, "top_k": 3,
        "response_format": {"type": "json_object", "schema": {"type": "object"}},
    }]  # fmt: skip
