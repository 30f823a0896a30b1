"""A trigger's policy as an operator may say it."""

import re
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from recado.model.redact import Secret
from recado.model.trigger import (
    Encoding,
    InstanceSettings,
    Ordering,
    SignatureSettings,
    TriggerSettings,
)
from recado.web.api.inputs import Input

MONTH = 2_592_000.0
"""Seconds; no delay is longer."""

Delay = Annotated[float, Field(gt=0, le=MONTH)]
Path = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=4096)]
# In ASCII, and its length apart: every letter there is, a hundred times over, took
# 15 MB of the server's memory.
HeaderName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_!#$%&'*+.^|~-]+$", max_length=100)
]

_PLACEHOLDERS = re.compile(r"\{(\w*)\}")


def _without_marker(value: object) -> object:
    """Drop what only answers hold, so that an answer can be sent back as it is."""
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name != "has_token"}
    return value


class InstanceInput(Input):
    """Where the instance is. A ``token`` left out stays, as long as ``url`` does."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+[^\s?#]*$")]
    token: Text | None = None


class SignatureInput(Input):
    """How a ``custom`` sender signs. ``content`` is what is signed.

    Without ``content`` that is the body, with ``timestamp_header`` the time, a full
    stop and the body.
    """

    header: HeaderName | None = None
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: Annotated[str, Field(max_length=50)] = ""
    timestamp_header: HeaderName | None = None
    tolerance: Annotated[float, Field(ge=1, le=86_400)] = 300.0
    content: Annotated[str, Field(max_length=200)] | None = None

    @field_validator("content")
    @classmethod
    def _can_be_signed(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return value
        names = _PLACEHOLDERS.findall(value)
        if names.count("body") != 1 or set(names) - {"body", "timestamp"}:
            raise ValueError(
                "must hold {body} once, and no other names but {timestamp}"
            )
        has_time = info.data.get("timestamp_header") is not None
        if has_time and "timestamp" not in names:
            raise ValueError(
                "must hold {timestamp}, as timestamp_header is set: anybody could "
                "change a time that is not signed"
            )
        if "timestamp" in names and not has_time:
            raise ValueError("holds {timestamp}, but timestamp_header is not set")
        return value


class SettingsInput(Input):
    """A trigger's policy. Times are seconds."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 6
    base_delay: Delay = 5.0
    max_delay: Annotated[Delay, Field(validate_default=True)] = 900.0
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.5
    timeout: Annotated[float, Field(ge=0.1, le=86_400)] = 600.0
    ordering: Literal["key", "none"] | None = None
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    idempotency_path: Path | None = None
    ordering_path: Path | None = None
    dedupe_days: Annotated[float, Field(gt=0, le=3_650)] = 7.0
    body_hash_minutes: Annotated[float, Field(gt=0, le=60)] | None = None
    instance: Annotated[InstanceInput, BeforeValidator(_without_marker)] | None = None
    instance_token: Text | Literal[True] | None = None
    verify_token: Text | Literal[True] | None = None
    signature: SignatureInput | None = None
    rate_limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    allow_private: bool = False

    @field_validator("max_delay")
    @classmethod
    def _not_below_base(cls, value: float, info: ValidationInfo) -> float:
        base = info.data.get("base_delay", 0.0)
        if value < base:
            raise ValueError(f"must be at least base_delay, which is {base:g}")
        return value


def to_settings(
    wanted: SettingsInput, *, default_ordering: Ordering, before: TriggerSettings | None
) -> TriggerSettings:
    """Return what is stored; tokens that are to stay come from ``before``."""
    ordering = wanted.ordering or default_ordering
    plain = wanted.model_dump(
        exclude={
            "ordering",
            "instance",
            "instance_token",
            "verify_token",
            "signature",
        }
    )
    before = before or TriggerSettings()
    return replace(
        TriggerSettings(**plain, ordering=Ordering(ordering)),
        instance=_instance(wanted.instance, before.instance),
        instance_token=_kept(wanted.instance_token, before.instance_token),
        verify_token=_kept(wanted.verify_token, before.verify_token),
        signature=_signature(wanted.signature),
    )


def _signature(wanted: SignatureInput | None) -> SignatureSettings | None:
    if wanted is None:
        return None
    usual = "{timestamp}.{body}" if wanted.timestamp_header else "{body}"
    return SignatureSettings(
        **wanted.model_dump(exclude={"encoding", "content"}),
        encoding=Encoding(wanted.encoding),
        content=wanted.content or usual,
    )


def _instance(
    wanted: InstanceInput | None, before: InstanceSettings | None
) -> InstanceSettings | None:
    if wanted is None:
        return None
    token = _kept(wanted.token or True, before.token if before else None)
    return InstanceSettings(url=wanted.url, token=token or Secret(""))


def _kept(wanted: str | Literal[True] | None, before: Secret | None) -> Secret | None:
    """Return the wanted text as a secret; True keeps the one before."""
    if wanted is True:
        return before
    return None if wanted is None else Secret(wanted)
