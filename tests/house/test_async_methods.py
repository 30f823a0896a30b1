"""The coroutine methods are those that the blocking ones make."""

from tools import make_async

BLOCKING = '''"""The blocking client."""

from recado.evolution.methods.base import Methods


class SendMethods(Methods):
    def send(self) -> None:
        return self.call(Send())
'''

COROUTINES = '''"""The asynchronous client."""

# Made from the blocking methods by tools/make_async.py.

from recado.evolution.async_methods.base import AsyncMethods


class AsyncSendMethods(AsyncMethods):
    async def send(self) -> None:
        return await self.call(Send())
'''


def test_the_coroutine_methods_are_up_to_date() -> None:
    made = make_async.modules()
    written = {
        path: path.read_text("utf-8") for path in make_async.COROUTINES.glob("*.py")
    }

    assert len(made) > 10
    assert written == made, "run: make fix"


def test_a_blocking_method_becomes_a_coroutine() -> None:
    assert make_async.made_async(BLOCKING) == COROUTINES
