"""The coroutine methods are those that the blocking ones make."""

from tools import make_async


def test_the_coroutine_methods_are_up_to_date() -> None:
    made = make_async.modules()
    written = {
        path: path.read_text("utf-8") for path in make_async.COROUTINES.glob("*.py")
    }

    assert len(made) > 10
    assert written == made, "run: make fix"


def test_a_blocking_method_becomes_a_coroutine() -> None:
    text = '"""The blocking client."""\nclass Methods:\n    def f(self):\n        return self.call(X())\n'

    assert make_async.made_async(text).splitlines()[4:] == [
        "class AsyncMethods:",
        "    async def f(self):",
        "        return await self.call(X())",
    ]
