"""The methods about the instance that the key belongs to."""

from collections.abc import Sequence

from recado.evolution.commands.session import (
    AdvancedSettings,
    Connect,
    Disconnect,
    EventGroup,
    InstanceStatus,
    Logout,
    Pair,
    Qr,
    Reconnect,
    SetAdvancedSettings,
)
from recado.evolution.methods.base import Methods
from recado.evolution.replies.instances import (
    AdvancedOptions,
    Connection,
    InstanceStatusReply,
    QrCode,
)


class SessionMethods(Methods):
    """The methods about the instance that the key belongs to."""

    __slots__ = ()

    def connect(
        self,
        webhook_url: str,
        *,
        subscribe: Sequence[EventGroup] = (),
        rabbitmq: bool = False,
        nats: bool = False,
        websocket: bool = False,
    ) -> Connection:
        """Store where events go, and start the session (``POST /instance/connect``).

        All five settings are overwritten: an empty ``webhook_url`` clears it, and an
        empty ``subscribe`` means ``MESSAGE`` only. To change a part, start from
        ``Connect.keeping(client.instance_info(…))`` and ``call`` it. Success does not
        mean connected.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(
            Connect(
                webhook_url=webhook_url,
                subscribe=subscribe,
                rabbitmq=rabbitmq,
                nats=nats,
                websocket=websocket,
            )
        )

    def instance_status(self) -> InstanceStatusReply:
        """Ask whether the instance can send (``GET /instance/status``).

        An instance that is offline is an answer, not an error.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(InstanceStatus())

    def qr(self) -> QrCode:
        """Ask for the code to link a phone with (``GET /instance/qr``).

        It waits up to 5 seconds for one; the first lives for 60 seconds, later ones for
        20. Call ``connect`` first.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(Qr())

    def pair(self, phone: str) -> str:
        """Ask for the code to type into a phone, such as ``ABCD-1234``.

        The route is ``POST /instance/pair``. ``phone`` is the number of that phone,
        with country code.

        Raises:
            ValueError: ``phone`` is no phone number; nothing was sent.
            EvolutionError: It failed; an empty code is a ``ServerFaultError``.
        """
        return self.call(Pair(phone=phone))

    def disconnect(self) -> None:
        """Drop the session (``POST /instance/disconnect``).

        The server clears the instance's subscriptions, which stops its webhooks until
        the next ``connect``, and then starts the session again.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(Disconnect())

    def reconnect(self) -> None:
        """Restart a session that is connected (``POST /instance/reconnect``).

        It takes 2 to 4 seconds. A session that has lost its line needs
        ``force_reconnect``.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(Reconnect())

    def logout(self) -> None:
        """Unlink the phone (``DELETE /instance/logout``).

        It must be paired anew.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(Logout())

    def advanced_settings(self, instance_id: str) -> AdvancedOptions:
        """Ask how an instance behaves by itself.

        The route is ``GET /instance/:instanceId/advanced-settings``.

        Raises:
            ValueError: ``instance_id`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(AdvancedSettings(instance_id=instance_id))

    def set_advanced_settings(
        self, instance_id: str, settings: AdvancedOptions
    ) -> AdvancedOptions:
        """Store how an instance behaves by itself.

        The route is ``PUT /instance/:instanceId/advanced-settings``. All six are
        overwritten; to change one, use ``dataclasses.replace`` on what
        ``advanced_settings`` gave. An unknown id is answered like a known one.

        Raises:
            ValueError: ``instance_id`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(
            SetAdvancedSettings(
                instance_id=instance_id,
                always_online=settings.always_online,
                reject_call=settings.reject_call,
                msg_reject_call=settings.msg_reject_call,
                read_messages=settings.read_messages,
                ignore_groups=settings.ignore_groups,
                ignore_status=settings.ignore_status,
            )
        )
