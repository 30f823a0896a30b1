"""A network of the test's own: hosts on switches, and plugs that can be pulled.

A program started with ``words_of_own_network`` is alone in namespaces of the kernel,
together with all it starts. They end with it, so that nothing of them can be left,
whatever kills it; and they never meet the machine's own network.
"""

import os
import shutil
import subprocess
from contextlib import AsyncExitStack, ExitStack
from enum import StrEnum
from typing import Protocol, Self

from tests.helpers.proxy import Proxy

OWN = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
# what root has, others are given inside a namespace of users, if the system lets them
OF_A_USER = ["--user", "--map-current-user", "--keep-caps"]
TRIAL = "ip link add trial type bridge && ip link add one type veth peer name other"


class Lan(StrEnum):
    """A switch, with the tests and the servers on it."""

    DATABASE = "database"
    BROKERS = "brokers"
    WORLD = "world"


class Host(Protocol):
    """A machine on all switches; ``network`` is the file of its namespace, if any."""

    address: str
    network: str | None

    async def way_to(self, lan: Lan, port: int) -> str:
        """Return the address, with its port, of a server of the tests."""
        ...

    async def cut(self, lan: Lan) -> None:
        """Pull the plug: no packet gets through, and nobody is told."""
        ...

    async def mend(self, lan: Lan) -> None: ...


class Hosts(Protocol):
    """``address`` is where the servers of the tests listen on a switch."""

    def address(self, lan: Lan) -> str: ...
    def plug_in(self) -> Host: ...


def words_of_own_network() -> list[str] | None:
    """The words that run a program in a network of its own; None if none can be made.

    In most containers nobody may; elsewhere everybody, or root.
    """
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return None
    as_user = [] if os.geteuid() == 0 else OF_A_USER
    words = ["setpriv", "--pdeathsig", "KILL", *OWN, *as_user]
    tried = subprocess.run(
        [*words, "sh", "-c", TRIAL], check=False, capture_output=True
    )
    return words if tried.returncode == 0 else None


class Network:
    """Switches of this program's own network, and hosts in a namespace each."""

    def __init__(self) -> None:
        self._count = 1  # the tests' own number on each switch
        self._stack = ExitStack()
        lines = ["link set lo up"]
        for lan in Lan:
            lines += [
                f"link add {lan} type bridge",
                f"link set {lan} address {_hardware(lan, 1)} up",
                f"address add {_address(lan, 1)}/24 dev {lan}",
            ]
        _ip(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def address(self, lan: Lan) -> str:
        return _address(lan, 1)

    def plug_in(self) -> "NamespaceHost":
        self._count += 1
        return NamespaceHost(self._count, self._stack)


class NamespaceHost:
    """A namespace, for as long as a program in it waits for our end."""

    def __init__(self, number: int, stack: ExitStack) -> None:
        waiting = subprocess.Popen(
            ["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        stack.enter_context(waiting)  # closes its pipe, which ends it
        assert waiting.stdin is not None
        assert waiting.stdout is not None
        waiting.stdin.write(b"\n")
        waiting.stdin.flush()
        assert waiting.stdout.readline()  # it is there now
        self._number = number
        self.address = _address(Lan.WORLD, number)
        self.network: str | None = f"/proc/{waiting.pid}/ns/net"
        for lan in Lan:
            self._plug_in(lan, waiting.pid)

    async def way_to(self, lan: Lan, port: int) -> str:
        return f"{_address(lan, 1)}:{port}"

    async def cut(self, lan: Lan) -> None:
        """At the switch: the host's own end sees no difference."""
        _ip([f"link set {lan}{self._number} nomaster"])

    async def mend(self, lan: Lan) -> None:
        _ip([f"link set {lan}{self._number} master {lan}"])

    def _plug_in(self, lan: Lan, pid: int) -> None:
        port, own = f"{lan}{self._number}", _address(lan, self._number)
        hardware = _hardware(lan, self._number)
        # Who is where is known for good: asking would tell that nobody is there.
        _ip(
            [
                f"link add {port} type veth peer name {lan} netns {pid}",
                f"link set {port} master {lan} up",
                f"neighbour add {own} lladdr {hardware} dev {lan} nud permanent",
            ]
        )
        there = f"{_address(lan, 1)} lladdr {_hardware(lan, 1)}"
        _ip(
            [
                f"link set {lan} address {hardware} up",
                f"address add {own}/24 dev {lan}",
                f"neighbour add {there} dev {lan} nud permanent",
            ],
            ["nsenter", f"--net={self.network}"],
        )


class Proxies:
    """What can be had without namespaces: a proxy in each way that can be cut.

    The kernel goes on to acknowledge what the proxy does not pass on, so no connection
    dies of a cut.
    """

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def address(self, lan: Lan) -> str:
        return "127.0.0.1"

    def plug_in(self) -> "ProxiedHost":
        return ProxiedHost(self._stack)


class ProxiedHost:
    """This machine."""

    address = "127.0.0.1"
    network: str | None = None

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._proxies: dict[Lan, list[Proxy]] = {lan: [] for lan in Lan}

    async def way_to(self, lan: Lan, port: int) -> str:
        proxy = await self._stack.enter_async_context(Proxy(port))
        self._proxies[lan].append(proxy)
        return f"127.0.0.1:{proxy.port}"

    async def cut(self, lan: Lan) -> None:
        for proxy in self._proxies[lan]:
            proxy.freeze()

    async def mend(self, lan: Lan) -> None:
        for proxy in self._proxies[lan]:
            await proxy.mend()


def _address(lan: Lan, number: int) -> str:
    return f"10.0.{[*Lan].index(lan)}.{number}"


def _hardware(lan: Lan, number: int) -> str:
    return f"02:00:00:00:{[*Lan].index(lan):02x}:{number:02x}"


def _ip(lines: list[str], words: list[str] | None = None) -> None:
    subprocess.run(
        [*(words or []), "ip", "-batch", "-"],
        input="\n".join(lines).encode(),
        check=True,
    )
