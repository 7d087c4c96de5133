"""Whom does a policy hold for, and which of two policies is the more specific?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Layer(StrEnum):
    """The layers of policy, most specific first; a guardrail clamps what the others answer."""

    GUARDRAIL = "guardrail"
    CUSTOMER = "customer"
    CONTRACT = "contract"
    TIER = "tier"
    SEGMENT = "segment"
    REGION = "region"
    COMPANY = "company"


_LAYER_MARK, _KEY_MARK = "\x1e", "\x1f"  # ASCII's record and unit separators
PERSONAL = (Layer.CUSTOMER, Layer.TIER, Layer.SEGMENT)  # what rests on who somebody is to us
DEFAULT_LAYER = "default"  # what a built-in default's layer is called in a resolution


@dataclass(frozen=True, kw_only=True, order=True)
class Scope:
    """Whom a policy holds for: a layer, and the key within it.

    The company has the key "". A guardrail holds for everybody: its key names the authority
    behind it ("law", "company").
    """

    layer: Layer
    key: str = ""

    def __str__(self) -> str:
        return f"{self.layer}:{self.key}" if self.key else str(self.layer)


class ScopeError(ValueError):
    """This is not a scope. Write 'company', or a layer and a key such as 'tier:gold'."""


def parse_scope(text: str) -> Scope:
    """'tier:gold' → Scope(layer=tier, key="gold"); 'company' → the company. Raises ScopeError."""
    layer, _, key = text.partition(":")
    known = {item.value: item for item in Layer}
    if layer not in known:
        raise ScopeError(f"{text!r} begins with no layer; use one of {', '.join(known)}")
    if not key and layer not in (Layer.COMPANY, Layer.GUARDRAIL):
        raise ScopeError(f"{text!r} names no {layer}; write '{layer}:' and its key")
    if key and layer == Layer.COMPANY:
        raise ScopeError(f"{text!r}: there is one company; write 'company'")
    return Scope(layer=known[layer], key=key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """For whom a policy is asked: all keys that may have one, each layer in its order.

    Raises ScopeError where a key holds a control character.
    """

    customers: tuple[str, ...] = ()  # its own id, then its parents upwards
    contracts: tuple[str, ...] = ()
    tier: str | None = None
    segments: tuple[str, ...] = ()  # in their stated order
    regions: tuple[str, ...] = ()  # from the most specific to the widest
    # The customer whom stages of a roll-out choose by; kept where personal layers are off.
    member: str = ""
    identity: str = field(init=False, repr=False, compare=False)  # all keys of the layers

    def __post_init__(self) -> None:
        # One text, as its hash is kept and it is compared in one step: look-ups are this fast.
        own, signed = self.customers, self.contracts
        segments, regions = self.segments, self.regions
        identity = _LAYER_MARK.join(
            (
                _KEY_MARK.join((*own, "")),
                _KEY_MARK.join((*signed, "")),
                self.tier or "",
                _KEY_MARK.join((*segments, "")),
                _KEY_MARK.join((*regions, "")),
            )
        )
        keys = len(own) + len(signed) + len(segments) + len(regions)
        if identity.count(_LAYER_MARK) != 4 or identity.count(_KEY_MARK) != keys:
            raise ScopeError(f"a key of {self} holds a control character; remove it")
        object.__setattr__(self, "identity", identity)
        if own:
            object.__setattr__(self, "member", own[0])

    def layers(self) -> tuple[tuple[Layer, tuple[str, ...]], ...]:
        """The keys of each layer that answers, most specific layer first, the company last."""
        return (
            (Layer.CUSTOMER, self.customers),
            (Layer.CONTRACT, self.contracts),
            (Layer.TIER, (self.tier,) if self.tier else ()),
            (Layer.SEGMENT, self.segments),
            (Layer.REGION, self.regions),
            (Layer.COMPANY, ("",)),
        )


def standard(subject: Subject) -> Subject:
    """The same subject with the customer, tier and segment layers off: nobody's favourite.

    Contracts and guardrails stay, and so does the stage of a roll-out. What opting out of
    personal treatment may never fall below.
    """
    return without(subject, PERSONAL)


def without(subject: Subject, layers: Collection[Layer]) -> Subject:
    """The same subject with some of the personal layers off."""
    return replace(
        subject,
        customers=() if Layer.CUSTOMER in layers else subject.customers,
        tier=None if Layer.TIER in layers else subject.tier,
        segments=() if Layer.SEGMENT in layers else subject.segments,
    )
