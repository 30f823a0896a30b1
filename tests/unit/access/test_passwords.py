"""What a password must be, and what is stored of it."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from recado.access.keys import make_key
from recado.access.passwords import (
    _NOBODYS,
    Passwords,
    check_password,
    is_outdated,
    make_password,
)
from recado.access.setup_link import SetupLink
from recado.access.users import clean_name
from recado.errors import InvalidError
from recado.model.redact import Secret

GOOD = Secret("correct horse battery")


async def test_a_password_is_stored_as_argon2id_with_a_salt_of_its_own() -> None:
    passwords = Passwords()

    first, second = await passwords.hash(GOOD), await passwords.hash(GOOD)

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert await passwords.is_right(GOOD, first)
    assert not await passwords.is_right(Secret("something else"), first)


async def test_nobody_s_password_is_never_right() -> None:
    passwords = Passwords()

    for guess in ("the password of a name that nobody has", "", "x" * 10_000):
        assert not await passwords.is_right(Secret(guess), None)


async def test_trying_nobody_s_password_takes_as_much_work() -> None:
    made = await Passwords().hash(GOOD)

    assert extract_parameters(_NOBODYS) == extract_parameters(made)
    with pytest.raises(VerifyMismatchError):  # it is worked out, and not what it is
        PasswordHasher().verify(_NOBODYS, b"a guess")


async def test_a_damaged_hash_lets_nobody_in() -> None:
    assert not await Passwords().is_right(GOOD, "$argon2id$damaged")


async def test_accents_are_the_same_however_a_keyboard_puts_them_on() -> None:
    passwords = Passwords()
    composed, apart = (
        Secret("coração de mãe"),
        Secret("corac\u0327a\u0303o de ma\u0303e"),
    )

    assert await passwords.is_right(apart, await passwords.hash(composed))


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$bIMY7MCLyKPtGA"

    assert is_outdated(weak)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x" * 11, "password_length"),
        ("x" * 257, "password_length"),
        ("abababababab", "password_easy"),
        ("Ana.Maria.Silva", "password_easy"),
    ],
)
def test_a_password_that_will_not_do(password: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_password(Secret(password), name="ana.maria.silva", field="new")

    [problem] = refused.value.problems
    assert (problem.field, problem.code) == ("new", code)
    assert password not in str(refused.value)


def test_a_password_that_is_made_will_do_and_can_be_read_out() -> None:
    made = make_password(lambda count: bytes(range(count)))

    check_password(made, name="ana")
    assert made.reveal() == "aaaqea-yeauda-ocajbi-fqydio"


def test_a_key_and_a_password_are_not_printed() -> None:
    def draw(count: int) -> bytes:
        return b"x" * count

    for secret in (make_key(draw), make_password(draw)):
        assert secret.reveal() not in f"{secret} {secret!r}"


@pytest.mark.parametrize(
    ("given", "stored"),
    [(" Ana ", "ana"), ("JOÃO@x.br", "joão@x.br"), ("ｒosa", "rosa")],  # noqa: RUF001
)
def test_a_name_has_one_spelling(given: str, stored: str) -> None:
    assert clean_name(given) == stored


@pytest.mark.parametrize(
    "given", ["", " ", "a b", "<b>", "a/b", "x" * 65, "a\nb", "a:b"]
)
def test_what_cannot_be_a_name(given: str) -> None:
    with pytest.raises(InvalidError):
        clean_name(given)


def test_the_link_opens_with_its_token_until_it_is_used() -> None:
    link = SetupLink(lambda count: b"x" * count)
    token = link.address("https://recado.example").partition("?token=")[2]

    opened = link.opens(token), link.opens(""), link.opens("é"), link.opens(token[:-1])
    link.use_up()

    assert opened == (True, False, False, False)
    assert not link.opens(token)
    with pytest.raises(ValueError, match="used"):
        link.address("https://recado.example")
