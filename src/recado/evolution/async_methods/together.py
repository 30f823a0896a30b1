"""All methods in one class, for the client to inherit."""

# Made from the blocking methods by tools/make_async.py.

from recado.evolution.async_methods.chats import AsyncChatMethods
from recado.evolution.async_methods.communities import AsyncCommunityMethods
from recado.evolution.async_methods.groups import AsyncGroupMethods
from recado.evolution.async_methods.instances import AsyncInstanceMethods
from recado.evolution.async_methods.interactive import AsyncInteractiveMethods
from recado.evolution.async_methods.messages import AsyncMessageMethods
from recado.evolution.async_methods.newsletters import AsyncNewsletterMethods
from recado.evolution.async_methods.sends import AsyncSendMethods
from recado.evolution.async_methods.server import AsyncServerMethods
from recado.evolution.async_methods.session import AsyncSessionMethods
from recado.evolution.async_methods.users import AsyncUserMethods


class AsyncAllMethods(
    AsyncSendMethods,
    AsyncInteractiveMethods,
    AsyncMessageMethods,
    AsyncChatMethods,
    AsyncUserMethods,
    AsyncGroupMethods,
    AsyncCommunityMethods,
    AsyncNewsletterMethods,
    AsyncInstanceMethods,
    AsyncSessionMethods,
    AsyncServerMethods,
):
    """One method for each route of the gateway."""

    __slots__ = ()
