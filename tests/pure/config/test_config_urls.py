from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bsaudit.config.urls import catch_settings, relay_settings, valid_mailbox_settings, without_password
from bsaudit.errors import UsageError
from bsaudit.model.settings import CatchKind, Tls


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user"),
    [
        ("smtp://mail.example.net", "mail.example.net", 587, Tls.STARTTLS, None),
        ("smtp://me@mail.example.net:25", "mail.example.net", 25, Tls.STARTTLS, "me"),
        ("smtp://me@example.org@mail.example.net", "mail.example.net", 587, Tls.STARTTLS, "me@example.org"),
        ("smtp://me%40example.org@mail.example.net", "mail.example.net", 587, Tls.STARTTLS, "me@example.org"),
        ("smtps://mail.example.net/", "mail.example.net", 465, Tls.IMPLICIT, None),
        ("smtp://127.0.0.1:2525?tls=none", "127.0.0.1", 2525, Tls.NONE, None),
        ("smtp://[::1]:2525?tls=starttls", "::1", 2525, Tls.STARTTLS, None),
    ],
)
def test_relay_urls(url: str, host: str, port: int, tls: Tls, user: str | None) -> None:
    relay = relay_settings(url)
    assert (relay.host, relay.port, relay.tls, relay.user) == (host, port, tls, user)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.net", "none of smtp://"),
        ("http://mail.example.net", '"http://mail.example.net" begins with none of smtp://, smtps://'),
        ("foo", '"foo" begins with none of smtp://, smtps://'),
        ("me:hunter2@h", r'"\*\*\*@h" begins with none'),
        ("smtp://", "no host name"),
        ("smtp://h:99999", "port"),
        ("smtp://h/path", "means nothing"),
        ("smtp://h?tls=maybe", "only none and starttls"),
        ("smtp://h?tsl=none", r"\?tsl= is unknown; there is \?tls="),
        ("smtps://h?tls=none", "contradicts smtps://"),
        ("smtp://h#x", "means nothing"),
        ("smtp://[::1", "cannot be read"),
    ],
)
def test_a_wrong_relay_url_is_named_with_an_example(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        relay_settings(url)
    assert "smtp://" in caught.value.remedy
    assert caught.value.where == "relay"


@pytest.mark.parametrize("url", ["smtp://me:hunter2@h", "imaps://me:hunter2@h/INBOX", "smtp://me:hunter2@:bad port"])
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    read = catch_settings if url.startswith("imap") else relay_settings
    with pytest.raises(UsageError, match="holds a password") as caught:
        read(url)
    assert "hunter2" not in caught.value.message + caught.value.remedy
    assert "_PASSWORD" in caught.value.remedy


@pytest.mark.parametrize(
    ("url", "port", "tls", "folders"),
    [
        ("imaps://me@h", 993, Tls.IMPLICIT, ()),
        ("imaps://me@h/", 993, Tls.IMPLICIT, ()),
        ("imap://me@h/INBOX", 143, Tls.STARTTLS, ("INBOX",)),
        ("imap://me@h:1143/INBOX,Junk%20mail,a%2Cb/c?tls=none", 1143, Tls.NONE, ("INBOX", "Junk mail", "a,b/c")),
    ],
)
def test_imap_urls(url: str, port: int, tls: Tls, folders: tuple[str, ...]) -> None:
    catch = catch_settings(url)
    assert (catch.kind, catch.host, catch.user) == (CatchKind.IMAP, "h", "me")
    assert (catch.port, catch.tls, catch.folders) == (port, tls, folders)


def test_local_mailboxes() -> None:
    assert catch_settings("maildir:/var/mail/me").path == "/var/mail/me"
    assert catch_settings("maildir:///var/mail/me").path == "/var/mail/me"
    assert catch_settings("mbox:~/mbox").path == str(Path.home() / "mbox")
    assert catch_settings("mbox:a:b?c").path == str(Path("a:b?c").absolute())


def test_the_sink() -> None:
    plain = catch_settings("sink://[::]:2525")
    assert (plain.kind, plain.host, plain.port, plain.tls) == (CatchKind.SINK, "::", 2525, Tls.NONE)

    secure = catch_settings("sink://0.0.0.0:25?cert=/c.pem&key=/k.pem")
    assert (secure.tls, secure.certificate, secure.key) == (Tls.STARTTLS, "/c.pem", "/k.pem")
    assert secure.public is None


@pytest.mark.parametrize(
    ("said", "address"), [("192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1")]
)
def test_a_sinks_public_address(said: str, address: str) -> None:
    settings = catch_settings(f"sink://0.0.0.0:25?public={said}")
    assert settings.public == settings.place.public == address


def test_a_sinks_public_address_is_an_address() -> None:
    with pytest.raises(UsageError, match="no IP address"):
        catch_settings("sink://0.0.0.0:25?public=mx.example.org")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "none of imaps://"),
        ("pop3://me@h", '"pop3://.*h" begins with none of imaps://, imap://'),
        ("imaps://h/INBOX", "no user name"),
        ("maildir:", "without a path"),
        ("sink://127.0.0.1", "without a port"),
        ("sink://127.0.0.1:25?tls=none", "is unknown"),
    ],
)
def test_a_wrong_catch_url_is_named_with_an_example(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        catch_settings(url)
    assert "maildir:PATH" in caught.value.remedy


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sink://127.0.0.1:25", "none of imaps://"),
        ("maildir:", "without a path"),
        ("imaps://h", "no user name"),
        ("imaps://me:hunter2@h", "holds a password"),
    ],
)
def test_a_wrong_url_of_the_valid_mailbox_is_named_by_its_own_option(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"valid-mailbox.*{said}") as caught:
        valid_mailbox_settings(url)
    assert "hunter2" not in caught.value.message + caught.value.remedy
    assert "BSAUDIT_VALID_PASSWORD" in caught.value.remedy or "maildir:PATH" in caught.value.remedy


@given(st.text(), st.sampled_from(["", "smtp://", "imaps://", "sink://", "smtp://a:b@", "maildir:"]))
@example(rest="~0", scheme="maildir:")  # a home that nobody has
def test_no_text_makes_a_url_fail_otherwise(rest: str, scheme: str) -> None:
    for read in (relay_settings, catch_settings, valid_mailbox_settings):
        try:
            read(scheme + rest)
        except UsageError:
            continue


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@h/db", "postgresql://me:***@h/db"),
        ("postgresql://me:hun@ter2@h/db", "postgresql://me:***@h/db"),
        ("postgresql://me@h/db", "postgresql://me@h/db"),
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
    ],
)
def test_a_database_password_is_masked(url: str, shown: str) -> None:
    assert without_password(url) == shown
