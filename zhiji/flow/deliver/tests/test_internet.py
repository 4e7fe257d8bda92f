"""Webhooks reach the open internet and nothing else: every block IANA set aside is shut, however it is written."""

import asyncio
import socket
from ipaddress import ip_network
from typing import Any

import httpcore
import pytest

from zhiji.flow.deliver.webhooks import guard
from zhiji.flow.deliver.webhooks.internet import is_public

REGISTRY = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
    192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24
    192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 240.0.0.0/4 255.255.255.255/32 224.0.0.0/4
    ::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128
    2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32
    2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::/96 4000::/3 8000::/1
"""
"""IANA's special-purpose registries of both families, multicast, and what IPv6 deprecated or never handed out."""


@pytest.mark.parametrize("block", REGISTRY.split())
def test_a_block_set_aside_is_shut_from_its_first_address_to_its_last(block: str) -> None:
    network = ip_network(block)
    middle = network[network.num_addresses // 2]
    assert not any(is_public(str(one)) for one in (network[0], middle, network[-1]))


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
     "2001:0:0:0:0:0:80ff:fffe", "2400:3200::5efe:10.0.0.1", "2400:3200::200:5efe:127.0.0.1", "fe80::1%eth0",
     "::ffff:0:127.0.0.1", "168.63.129.16", "100.100.100.200"],
)  # fmt: skip
def test_an_inner_address_that_is_shut_shuts_the_one_around_it(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "223.5.5.5", "2400:3200::1", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14",
     "64:ff9b::93.184.215.14", "2400:3200::5efe:93.184.215.14", "9.255.255.255", "11.0.0.0", "172.32.0.0",
     "192.0.1.0", "198.20.0.0", "223.255.255.255", "2001:200::", "2001:db9::", "3fff:1000::", "2003::"],
)  # fmt: skip
def test_the_open_internet_is_open_up_to_the_blocks_edges(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "answers",
    [["93.184.215.14", "10.0.0.1"], ["10.0.0.1", "93.184.215.14"], ["2400:3200::1", "::127.0.0.1"],
     ["93.184.215.14", "64:ff9b:1::1"], ["2400:3200::1", "93.184.215.14", "fec0::1"]],
)  # fmt: skip
def test_one_shut_address_among_a_names_answers_refuses_it(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    def all_of_them(*arguments: Any, **named: Any) -> Any:
        return [(socket.AF_UNSPEC, socket.SOCK_STREAM, 6, "", (one, 80)) for one in answers]

    class Wire(httpcore.AnyIOBackend):
        async def connect_tcp(self, *arguments: Any, **named: Any) -> Any:
            raise AssertionError("a packet would have been sent")

    monkeypatch.setattr(socket, "getaddrinfo", all_of_them)
    with pytest.raises(guard.ForbiddenAddress):
        asyncio.run(guard.GuardedBackend(Wire()).connect_tcp("mixed.example", 80))
