"""The methods that send buttons and lists."""

# Made from the blocking methods by tools/make_async.py.

from collections.abc import Sequence
from typing import Unpack

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.interactive import (
    Button,
    ListSection,
    SendButtons,
    SendList,
)
from recado.evolution.commands.sending import UnnamedSendOptions
from recado.evolution.replies.messages import SentMessage


class AsyncInteractiveMethods(AsyncMethods):
    """The methods that send buttons and lists."""

    __slots__ = ()

    async def send_buttons(
        self,
        number: str,
        *,
        title: str,
        description: str,
        footer: str,
        buttons: Sequence[Button],
        **options: Unpack[UnnamedSendOptions],
    ) -> SentMessage:
        """Send a message with buttons (``POST /send/button``).

        There may be up to three reply buttons, or others, or one pix button. The
        gateway lets nobody name this message: it is tried again only when it is certain
        that nothing was sent.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return await self.call(
            SendButtons(
                number=number,
                title=title,
                description=description,
                footer=footer,
                buttons=buttons,
                **options,
            )
        )

    async def send_list(
        self,
        number: str,
        *,
        title: str,
        description: str,
        footer_text: str,
        button_text: str,
        sections: Sequence[ListSection],
        **options: Unpack[UnnamedSendOptions],
    ) -> SentMessage:
        """Send a message with a button that opens a list of choices.

        The route is ``POST /send/list``. The gateway lets nobody name this message: it
        is tried again only when it is certain that nothing was sent.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return await self.call(
            SendList(
                number=number,
                title=title,
                description=description,
                footer_text=footer_text,
                button_text=button_text,
                sections=sections,
                **options,
            )
        )
