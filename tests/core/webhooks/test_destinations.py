"""Can this machine be made to send into the house?"""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.core.webhooks.destinations import (
    Destination,
    DestinationError,
    choose,
    destination,
    is_public,
)

_INSIDE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
    127.1.2.3 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1
    192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16
    :: ::1 ::7f00:1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:169.254.169.254
    64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::a00:1 100::1 2001::1 2001:0:4136:e378::1
    2001:db8::1 2001:10::1 2001:20::1 2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 3fff::1 fc00::1
    fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 5f00::1 4000::1
    2a00:1450::5efe:7f00:1 2a00:1450::200:5efe:a00:1
"""
_OUTSIDE = """
    1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 169.253.255.255 172.15.255.255 172.32.0.1 192.0.1.1
    192.167.1.1 198.17.1.1 198.20.1.1 223.255.255.255 168.63.129.17
    2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001:82f::200e
"""


@pytest.mark.parametrize("address", _INSIDE.split())
def test_an_address_inside_of_the_house_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", _OUTSIDE.split())
def test_an_address_outside_is(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_what_the_standard_library_calls_closed_is_closed_here_too(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address):
        assert address.is_global
        assert not (address.is_private or address.is_multicast or address.is_reserved)


def test_a_url_is_taken_apart() -> None:
    assert destination("https://Hooks.Example.org/in?a=1") == Destination(
        scheme="https", host="hooks.example.org", port=443, target="/in?a=1"
    )
    assert destination("https://example.org:8443").netloc == "example.org:8443"
    assert destination("https://[2606:4700::1111]/").netloc == "[2606:4700::1111]"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/in",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "https://",
        "https:///in",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org@10.0.0.1/",
        "https://example.org:22/",
        "https://example.org:80/",
        "https://example.org:5432/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://example.org/#part",
        "https://example.org/a b",
        "https://example.org/\r\nHost: inside",
        "https://example.org\\@10.0.0.1/",
        "https://[fe80::1%25eth0]/",
        "https://ex\u00e4mple.org/",
        "https://example.org/" + "x" * 2000,
        "http://127.0.0.1:8000/",
        "http://localhost/",
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(DestinationError):
        destination(url)


def test_a_name_is_refused_where_any_of_its_addresses_is_inside() -> None:
    goal = destination("https://example.org/")
    assert choose(goal, ["8.8.8.8", "1.1.1.1"]) == "8.8.8.8"
    for found in (["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["fe80::1%eth0"], []):
        with pytest.raises(DestinationError) as told:
            choose(goal, found)
        assert "10.0.0.1" not in str(told.value)  # whoever asks learns nothing of the house


def test_a_demonstration_may_send_to_itself_and_to_nothing_else() -> None:
    goal = destination("http://127.0.0.1:9000/in", is_loopback_allowed=True)
    assert choose(goal, ["127.0.0.1"]) == "127.0.0.1"
    with pytest.raises(DestinationError):
        choose(destination("http://localhost:9000/", is_loopback_allowed=True), ["10.0.0.1"])
    for url in ("http://10.0.0.1/", "http://example.org/", "https://example.org:22/"):
        with pytest.raises(DestinationError):
            destination(url, is_loopback_allowed=True)
    with pytest.raises(DestinationError):  # a public name that leads to the loopback stays refused
        choose(destination("https://example.org/", is_loopback_allowed=True), ["127.0.0.1"])
