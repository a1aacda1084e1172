"""Names and addresses."""

import asyncio
import socket

import pytest

from holdfast.adapters.names import Address, Resolver, is_address


def resolve(host, port=80):
    async def main():
        return await Resolver().resolve(host, port)

    return asyncio.run(main())


def test_an_address_is_taken_as_it_is():
    assert resolve("192.0.2.7") == [Address(socket.AF_INET, ("192.0.2.7", 80))]
    assert resolve("::1") == [Address(socket.AF_INET6, ("::1", 80, 0, 0))]
    assert resolve("::1")[0].host == "::1"


@pytest.mark.net
def test_a_name_of_this_host_is_resolved():
    assert {address.host for address in resolve("localhost")} <= {"127.0.0.1", "::1"}


@pytest.mark.net
@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".test", "", "a..b", "a\0b"])
def test_what_is_no_name_fails_as_such(host):
    with pytest.raises((OSError, UnicodeError)) as raised:
        resolve(host)
    assert isinstance(raised.value, socket.gaierror | UnicodeError)


@pytest.mark.net
def test_one_question_answers_all_who_ask_at_once_and_is_asked_anew_later():
    async def main():
        resolver = Resolver()
        first, second = await asyncio.gather(
            resolver.resolve("localhost", 80), resolver.resolve("localhost", 80)
        )
        third = await resolver.resolve("localhost", 80)
        return first is second, first is third

    assert asyncio.run(main()) == (True, False)


@pytest.mark.net
def test_who_asks_no_more_does_not_disturb_the_others():
    async def main():
        resolver = Resolver()
        loop = asyncio.get_running_loop()
        first = loop.create_task(resolver.resolve("localhost", 80))
        second = loop.create_task(resolver.resolve("localhost", 80))
        loop.call_soon(first.cancel)
        return len(await second) >= 1, first.cancelled()

    assert asyncio.run(main()) == (True, True)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.7", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("board.local", False),
        ("1.2.3", False),
        ("", False),
    ],
)
def test_addresses_are_told_from_names(host, expected):
    assert is_address(host) is expected
