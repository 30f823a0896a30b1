"""The methods about instances that want the server's global key."""

# Made from the blocking methods by tools/make_async.py.

from collections.abc import Sequence
from datetime import date

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.instances import (
    CreateInstance,
    DeleteInstance,
    DeleteProxy,
    ForceReconnect,
    InstanceInfo,
    InstanceLogs,
    ListInstances,
    LogLevel,
    Proxy,
    SetProxy,
)
from recado.evolution.replies.instances import (
    AdvancedOptions,
    Instance,
    LogEntry,
    StoredProxy,
)


class AsyncInstanceMethods(AsyncMethods):
    """The methods about instances that want the server's global key."""

    __slots__ = ()

    async def list_instances(self) -> list[Instance]:
        """Ask for all instances of the server (``GET /instance/all``).

        Their tokens are in it, as values that do not print.

        Raises:
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(ListInstances())

    async def create_instance(
        self,
        name: str,
        *,
        token: str = "",
        instance_id: str | None = None,
        proxy: Proxy | None = None,
        advanced_settings: AdvancedOptions | None = None,
    ) -> Instance:
        """Make an instance (``POST /instance/create``).

        ``token`` becomes the key of its routes; one is chosen when you give none, and
        ``token.reveal()`` of the reply tells it. ``instance_id`` is a UUID. It does not
        connect to WhatsApp. Not repeated when an answer is lost.

        Raises:
            ValueError: ``name`` is empty; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(
            CreateInstance(
                name=name,
                token=token,
                instance_id=instance_id,
                proxy=proxy,
                advanced_settings=advanced_settings,
            )
        )

    async def instance_info(self, instance_id: str) -> Instance:
        """Ask for one instance, by its UUID (``GET /instance/info/:instanceId``).

        Raises:
            ValueError: ``instance_id`` is empty; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(InstanceInfo(instance_id=instance_id))

    async def delete_instance(self, instance_id: str) -> None:
        """Delete an instance (``DELETE /instance/delete/:instanceId``).

        Its phone is unlinked, and must be paired anew.

        Raises:
            ValueError: ``instance_id`` is empty; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(DeleteInstance(instance_id=instance_id))

    async def set_proxy(
        self,
        instance_id: str,
        *,
        host: str,
        port: str | int,
        username: str | None = None,
        password: str | None = None,
    ) -> StoredProxy:
        """Let an instance go through a proxy (``POST /instance/proxy/:instanceId``).

        Its session restarts at once.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(
            SetProxy(
                instance_id=instance_id,
                host=host,
                port=port,
                username=username,
                password=password,
            )
        )

    async def delete_proxy(self, instance_id: str) -> None:
        """Let an instance go without a proxy (``DELETE /instance/proxy/:instanceId``).

        Its session restarts at once.

        Raises:
            ValueError: ``instance_id`` is empty; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(DeleteProxy(instance_id=instance_id))

    async def force_reconnect(self, instance_id: str, number: str) -> None:
        """Revive a session that has lost its line to WhatsApp.

        The route is ``POST /instance/forcereconnect/:instanceId``. ``number`` is the
        account's phone number, digits only. It takes 2 to 7 seconds, and is refused
        while the session is up.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(ForceReconnect(instance_id=instance_id, number=number))

    async def instance_logs(
        self,
        instance_id: str,
        *,
        start_date: date | None = None,
        end_date: date | None = None,
        levels: Sequence[LogLevel] = (),
        limit: int | None = None,
    ) -> list[LogEntry]:
        """Ask for an instance's log (``GET /instance/logs/:instanceId``).

        Without dates it is that of the last 7 days; ``limit`` is 100 if you give none.
        An instance that does not exist has an empty log.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; a wrong global key is a ``MisconfiguredError``.
        """
        return await self.call(
            InstanceLogs(
                instance_id=instance_id,
                start_date=start_date,
                end_date=end_date,
                levels=levels,
                limit=limit,
            )
        )
