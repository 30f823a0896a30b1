"""What to do at each sender so that it delivers to a trigger."""

from collections.abc import Mapping
from typing import Any

_THEN_GIVE_IT = (
    "then give the trigger the secret that it shows: "
    "recado trigger rotate-secret {id} --overlap-hours 0 --secret …"
)

HOW: Mapping[str, str] = {
    "evolution_go": (
        "curl -X POST $EVOLUTION_GO_URL/instance/connect "
        '-H "apikey: $EVOLUTION_GO_KEY" -H "Content-Type: application/json" '
        """-d '{{"webhookUrl": "{hook_url}", "subscribe": ["ALL"]}}'"""
    ),
    "evolution_api": (
        "curl -X POST $EVOLUTION_API_URL/webhook/set/INSTANCE "
        '-H "apikey: $EVOLUTION_API_KEY" -H "Content-Type: application/json" '
        """-d '{{"webhook": {{"enabled": true, "url": "{hook_url}", """
        """"events": ["MESSAGES_UPSERT"]}}}}'"""
    ),
    "meta": (
        "in the app: WhatsApp, Configuration; Callback URL {hook_url}, Verify token "
        "what settings.verify_token is. The trigger's secret has to be the app secret"
    ),
    "waha": (
        "in the session's config.webhooks: "
        """{{"url": "{hook_url}", "events": ["message"], "hmac": {{"key": SECRET}}}}"""
    ),
    "wuzapi": (
        """curl -X POST $WUZAPI_URL/webhook -H "Token: $WUZAPI_TOKEN" """
        """-H "Content-Type: application/json" -d '{{"webhookURL": "{hook_url}"}}'; """
        "and POST /session/hmac/config with the secret as hmac_key"
    ),
    "github": (
        "in the repository: Settings, Webhooks, Add webhook; Payload URL {hook_url}, "
        "Content type application/json, and the secret"
    ),
    "stripe": (
        "in Stripe: Developers, Webhooks, Add destination {hook_url}; "
        f"{_THEN_GIVE_IT}"
    ),
    "linear": (
        "in Linear: Settings, API, Webhooks, New webhook with URL {hook_url}; "
        f"{_THEN_GIVE_IT}"
    ),
    "telegram": (
        """curl "https://api.telegram.org/bot$BOT_TOKEN/setWebhook" """
        '-d url={hook_url} -d "secret_token={secret}"'
    ),
    "discord": (
        "in the application: General Information, Interactions Endpoint URL, or the "
        "endpoint on page Webhooks: {hook_url}"
    ),
    "slack": (
        "in the app: Event Subscriptions, Interactivity or a slash command; Request "
        "URL {hook_url}. The trigger's secret has to be the app's Signing Secret"
    ),
    "clickup": (
        "curl -X POST https://api.clickup.com/api/v2/team/TEAM/webhook "
        '-H "Authorization: $CLICKUP_TOKEN" -H "Content-Type: application/json" '
        """-d '{{"endpoint": "{hook_url}", "events": ["*"]}}'; """
        f"{_THEN_GIVE_IT}"
    ),
    "standard": f"at the sender: add the endpoint {{hook_url}}; {_THEN_GIVE_IT}",
    "custom": (
        "POST {hook_url} with X-Webhook-Signature: sha256=<HMAC-SHA256 of the body, "
        "in hex; its key is the secret's whole text, whsec_ included>"
    ),
}
"""By source; what stands in braces is filled in."""


def how_to_deliver(created: Mapping[str, Any]) -> str:
    """Return the line that points a trigger's sender at it."""
    return HOW[created["source"]].format_map(created)


def command_for(source: str, hook_url: str) -> str | None:
    """Return the command that points a sender at a trigger; None if there is none."""
    how = HOW[source]
    if not how.startswith("curl"):
        return None
    return how.partition("; ")[0].format_map({"hook_url": hook_url, "secret": "SECRET"})
