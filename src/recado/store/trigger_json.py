"""A trigger's policy and payload as JSON, with what is secret in them encrypted."""

from dataclasses import asdict
from typing import Any

from recado import wire
from recado.model.redact import Secret
from recado.model.trigger import (
    Encoding,
    InstanceSettings,
    Ordering,
    SignatureSettings,
    TriggerSettings,
)
from recado.store.cipher import Cipher

_ENCRYPTED = "encrypted"


def payload_to_json(payload: Any, cipher: Cipher) -> dict[str, Any]:
    """Return what is kept of an action's payload."""
    # All of it: which of its texts are secret, only its author knows.
    return {_ENCRYPTED: cipher.encrypt(Secret(wire.encode(payload).decode()))}


def payload_from_json(stored: dict[str, Any], cipher: Cipher) -> Any:
    """Return the payload that was kept."""
    return wire.decode(cipher.decrypt(stored[_ENCRYPTED]).reveal())


def settings_to_json(settings: TriggerSettings, cipher: Cipher) -> dict[str, Any]:
    """Return what is kept of a trigger's policy."""
    instance, signature = settings.instance, settings.signature
    return {
        "max_attempts": settings.max_attempts,
        "base_delay": settings.base_delay,
        "max_delay": settings.max_delay,
        "jitter": settings.jitter,
        "timeout": settings.timeout,
        "ordering": settings.ordering,
        "concurrency": settings.concurrency,
        "idempotency_path": settings.idempotency_path,
        "ordering_path": settings.ordering_path,
        "dedupe_days": settings.dedupe_days,
        "body_hash_minutes": settings.body_hash_minutes,
        "rate_limit": settings.rate_limit,
        "allow_private": settings.allow_private,
        "instance": None
        if instance is None
        else {"url": instance.url, _ENCRYPTED: cipher.encrypt(instance.token)},
        "instance_token": _encrypted(settings.instance_token, cipher),
        "verify_token": _encrypted(settings.verify_token, cipher),
        "signature": None if signature is None else asdict(signature),
    }


def settings_from_json(stored: dict[str, Any], cipher: Cipher) -> TriggerSettings:
    """Return the policy that was kept; ``stored`` is used up."""
    # what a trigger of an earlier version does not have is as if it were not set
    instance, signature = stored.pop("instance"), stored.pop("signature", None)
    instance_token = stored.pop("instance_token")
    verify_token = stored.pop("verify_token", None)
    ordering = Ordering(stored.pop("ordering"))
    return TriggerSettings(
        **stored,
        ordering=ordering,
        instance=None
        if instance is None
        else InstanceSettings(
            url=instance["url"], token=cipher.decrypt(instance[_ENCRYPTED])
        ),
        instance_token=_decrypted(instance_token, cipher),
        verify_token=_decrypted(verify_token, cipher),
        signature=None
        if signature is None
        else SignatureSettings(
            **{**signature, "encoding": Encoding(signature["encoding"])}
        ),
    )


def _encrypted(secret: Secret | None, cipher: Cipher) -> dict[str, str] | None:
    return None if secret is None else {_ENCRYPTED: cipher.encrypt(secret)}


def _decrypted(stored: dict[str, str] | None, cipher: Cipher) -> Secret | None:
    return None if stored is None else cipher.decrypt(stored[_ENCRYPTED])
