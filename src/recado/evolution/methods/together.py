"""All methods in one class, for the client to inherit."""

from recado.evolution.methods.chats import ChatMethods
from recado.evolution.methods.communities import CommunityMethods
from recado.evolution.methods.groups import GroupMethods
from recado.evolution.methods.instances import InstanceMethods
from recado.evolution.methods.interactive import InteractiveMethods
from recado.evolution.methods.messages import MessageMethods
from recado.evolution.methods.newsletters import NewsletterMethods
from recado.evolution.methods.sends import SendMethods
from recado.evolution.methods.server import ServerMethods
from recado.evolution.methods.session import SessionMethods
from recado.evolution.methods.users import UserMethods


class AllMethods(
    SendMethods,
    InteractiveMethods,
    MessageMethods,
    ChatMethods,
    UserMethods,
    GroupMethods,
    CommunityMethods,
    NewsletterMethods,
    InstanceMethods,
    SessionMethods,
    ServerMethods,
):
    """One method for each route of the gateway."""

    __slots__ = ()
