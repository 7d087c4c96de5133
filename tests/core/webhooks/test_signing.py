"""Does a receiver that follows Standard Webhooks accept what is ours, and nothing else?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from troth.core.webhooks.signing import BadSecretError, headers, key_of, secret_text, signature

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
BODY = '{"type":"promise.kept","data":{"order_key":"erp:Ä"}}'.encode()


def now() -> datetime:
    return datetime.now(UTC)  # the oracle refuses what is older than five minutes


def accepts(key: bytes, signed: dict[str, str], body: bytes = BODY) -> bool:
    try:
        Webhook(secret_text(key)).verify(body, signed)
    except WebhookVerificationError:
        return False
    return True


def test_the_reference_implementation_accepts_what_we_sign() -> None:
    assert accepts(KEY, headers([KEY], message_id="msg_1", at=now(), body=BODY))


@given(st.binary(min_size=24, max_size=64), st.text(min_size=1), st.text("abc_1", min_size=1))
def test_any_body_under_any_key_is_signed_as_the_reference_implementation_does(
    key: bytes, body: str, message_id: str
) -> None:
    at = datetime(2026, 1, 31, 9, tzinfo=UTC)
    ours = signature(key, message_id=message_id, at=at, body=body.encode())
    assert ours == Webhook(secret_text(key)).sign(msg_id=message_id, timestamp=at, data=body)


@pytest.mark.parametrize("changed", ["id", "timestamp", "body", "key", "old"])
def test_the_reference_implementation_refuses_what_was_changed(changed: str) -> None:
    at = now() - timedelta(hours=1) if changed == "old" else now()
    signed = headers([OTHER if changed == "key" else KEY], message_id="msg_1", at=at, body=BODY)
    if changed == "id":
        signed["webhook-id"] = "msg_2"
    if changed == "timestamp":
        signed["webhook-timestamp"] = str(int(signed["webhook-timestamp"]) + 1)
    assert not accepts(KEY, signed, BODY + b" " if changed == "body" else BODY)


def test_while_a_secret_changes_both_receivers_accept() -> None:
    signed = headers([OTHER, KEY], message_id="msg_1", at=now(), body=BODY)
    assert accepts(KEY, signed)
    assert accepts(OTHER, signed)


def test_a_secret_is_read_back_and_another_text_is_refused() -> None:
    assert key_of(secret_text(KEY)) == KEY
    for bad in (
        "",
        "whsec_",
        "whsec_AAAA",
        secret_text(KEY)[6:],
        "whsec_!!!!",
        "whsec_" + "A" * 99,
    ):
        with pytest.raises(BadSecretError) as told:
            key_of(bad)
        assert not bad or bad not in str(told.value).replace("whsec_", "", 1)
    with pytest.raises(BadSecretError):
        secret_text(b"short")
