"""A broker's library is imported only when its URL is set."""

import subprocess
import sys

import pytest

from recado.brokers.open import make_brokers
from recado.errors import SettingsError
from recado.model.redact import Secret

PROGRAM = """
import sys
import recado.server
print([name for name in ("aiormq", "nats", "yarl", "pamqp") if name in sys.modules])
"""


def test_a_server_without_brokers_loads_none_of_their_libraries() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
    assert _made() == []


@pytest.mark.parametrize(("extra", "module"), [("amqp", "aiormq"), ("nats", "nats")])
def test_a_missing_library_is_named_with_its_extra(
    extra: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == module or name == f"recado.brokers.{extra}":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Refusing(module), *sys.meta_path])

    with pytest.raises(SettingsError, match=rf"pip install 'recado\[{extra}\]'"):
        _made(**{f"{extra}_url": Secret(f"{extra}://host")})


class _Refusing:
    def __init__(self, module: str) -> None:
        self._module = module

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] == self._module:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _made(
    amqp_url: Secret = Secret(""),  # noqa: B008 (frozen)
    nats_url: Secret = Secret(""),  # noqa: B008 (frozen)
) -> list[object]:
    return [
        *make_brokers(
            amqp_url=amqp_url, amqp_queues=("*",), nats_url=nats_url, nats_stream=""
        )
    ]
