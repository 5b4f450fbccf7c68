"""[[target]] tables, and what is told of those that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bsaudit.config.batches import Shard, batches, for_probe, log_of, policy_of
from bsaudit.config.layers import Effective, effective
from bsaudit.config.targets import chosen
from bsaudit.config.targets_from import listed
from bsaudit.errors import ConfigError, UsageError
from bsaudit.model.mail import Route
from bsaudit.model.settings import Terms

OWN_SIDE = """
relay = "smtp://relay.example.net"
catch = "maildir:returned"
catch_address = ["probe@catch.example.net"]
"""
TABLES = """
[[target]]
name = "Example.ORG."
valid_recipient = "postmaster@example.org"
authorized_by = "A. Admin"
interval = "12h"

[[target]] # by its own route
name = "example.net"
route = "direct"
recover_after = 3

[[target]]
name = "example.com"
valid_recipient = ["info@example.com"]
expected_mx = ["mx.example.com"]
target_host = "out.example.com"
max_age = "7d"
"""


def configured(tmp_path: Path, text: str) -> Effective:
    (tmp_path / "bsaudit.toml").write_text(text)
    return effective({}, {}, file=str(tmp_path / "bsaudit.toml"))


def test_targets_alike_are_audited_in_one_run_each_by_its_own_terms(tmp_path: Path) -> None:
    config = configured(tmp_path, OWN_SIDE + TABLES)
    first, second = batches(config, config.targets, {})
    assert (first.targets, second.targets) == (("example.org", "example.com"), ("example.net",))
    assert (first.route, second.route) == (Route.RELAY, Route.DIRECT)
    assert first.valid_recipients == ("postmaster@example.org", "info@example.com")
    assert first.terms == (
        Terms(target="example.org", authorized_by="A. Admin"),
        Terms(target="example.com", expected_mx=("mx.example.com",), target_hosts=("out.example.com",)),
    )
    assert first.authorized_by is None
    assert first.unattended


def test_probe_heeds_the_table_of_a_target_that_it_names_and_an_option_before_it(tmp_path: Path) -> None:
    config = configured(tmp_path, OWN_SIDE + TABLES)
    alone = for_probe(config, ["EXAMPLE.net"])
    assert (alone.values.route, alone.sources["route"]) == (Route.DIRECT, "[[target]]")
    assert for_probe(config, ["example.org"]).values.authorized_by == "A. Admin"
    assert for_probe(config, ["elsewhere.example"]).values == config.values
    with pytest.raises(UsageError, match=r"example\.org, example\.net differ in route"):
        for_probe(config, ["example.org", "example.net"])
    said = effective({"route": "both", "authorized_by": "B"}, {}, file=str(tmp_path / "bsaudit.toml"))
    both = for_probe(said, ["example.org", "example.net"]).values
    assert (both.route, both.authorized_by) == (Route.BOTH, "B")
    assert both.valid_recipient == ("postmaster@example.org",)


def test_a_target_may_require_probes_of_its_own(tmp_path: Path) -> None:
    config = configured(tmp_path, OWN_SIDE + '[[target]]\nname = "example.org"\nrequire = "virus"\n')
    assert config.targets[0].values["require"] == ("virus",)


def test_a_run_takes_no_more_targets_than_its_messages_allow(tmp_path: Path) -> None:
    names = "\n".join(f'[[target]]\nname = "{number}.example.org"' for number in range(100))
    config = configured(tmp_path, OWN_SIDE + "max_probes = 10\n" + names)
    assert [len(one.targets) for one in batches(config, config.targets, {})] == [50, 50]


def test_what_a_state_goes_by(tmp_path: Path) -> None:
    config = configured(tmp_path, OWN_SIDE + TABLES)
    ages = {target.name: policy_of(target, config.values).max_age_s / 3600 for target in config.targets}
    assert ages == {"example.org": 3 * 12 + 2, "example.net": 3 * 24 + 2, "example.com": 7 * 24}
    assert policy_of(config.targets[1], config.values).recover_after == 3


LOGS = """
[[target]]
name = "postmaster@example.org"
log = ["/var/log/mail.log.1", "/var/log/mail.log"]
alias_domain = "straße.example"
interval = "12h"
max_notices = 0

[[target]]
name = "example.net"
log = ["/var/log/mail.log.1", "/var/log/mail.log"]
log_own = "lists.example"

[[target]]
name = "example.com"
log = "ssh mx journalctl -o json"
"""


def test_a_log_is_that_of_all_targets_that_name_it(tmp_path: Path) -> None:
    config = configured(tmp_path, OWN_SIDE + LOGS)
    first, second, other = [log_of(target, config) for target in config.targets]
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.read == ("/var/log/mail.log.1", "/var/log/mail.log")
    assert first.own == second.own == ("example.net", "example.org", "lists.example", "xn--strae-oqa.example")
    assert (first.period_s, first.max_notices) == (12 * 3600, 0)
    assert (second.period_s, second.max_notices) == (24 * 3600, None)
    assert (other.read, other.own) == (("ssh mx journalctl -o json",), ("example.com",))
    assert len(list(batches(config, config.targets, {}))) == 1, "what differs in its log alone is audited together"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[target]]\nname = "a.example"\nvalid_recipent = "x@a.example"', ":3: target 1: valid_recipent: unknown key"),
        ('[[target]]\nname = "a.example"\nvalid_recipent = "x@a.example"', "did you mean valid_recipient?"),
        ('[[target]]\nname = "a.example"\n\n[[target]]\ninterval = "1d"', ":4: target 2: name: is missing"),
        ('[[target]]\nname = "a.example"\ninterval = 24', ":3: target 1: interval: a duration without a unit"),
        ('[[target]]\nname = "a.example"\n[[target]]\nname = "A.example."', ":3: a.example is a target twice"),
        ('[[target]]\nname = "a.example"\nmax_notices = 5', ":3: target 1: max_notices: is of no use without a log"),
        ('[[target]]\nname = "a.example"\nlog = "x"\nmax_notices = -1', ":4: target 1: max_notices: "),
        ('[[target]]\nname = "a.example"\nlog = 5', ":3: target 1: log: expected a list of texts"),
        ('[[target]]\nname = "a.example"\nlog = "x"\nlog_own = "a b"', ":4: target 1: log_own: 'a b' is not a domain"),
        ('[[target]]\nname = "a.example"\nlog = "x"\nlog_own = "co.uk"', "log_own: strangers have domains below co.uk"),
        ('[[target]]\nname = "192.0.2.1"', ":2: target 1: name: 192.0.2.1 is the address of a host"),
        ('target = "a.example"', ":1: target is written [[target]], once for each"),
        ('[target]\nname = "a.example"', ":1: target is written [[target]], once for each"),
        ("# a comment\ninterval = 86400", ":2: interval: a duration without a unit"),
        ('wait = "5m"\nrelya = "x"', ":2: unknown key relya (did you mean relay?)"),
        ('[profile.ci]\nwait = "1m"\n\n[[target]]\nname = "a.example"\nwait = "soon"', ":6: target 1: wait: not a dur"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    assert f"bsaudit.toml{told}" in caught.value.message or told in caught.value.message


def test_a_profiles_error_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "bsaudit.toml").write_text('wait = "1m"\n[profile.ci]\nwait = "soon"\n')
    with pytest.raises(ConfigError, match=r"bsaudit\.toml:3: profile\.ci\.wait: not a duration"):
        effective({}, {}, file=str(tmp_path / "bsaudit.toml"), profile="ci")


def test_targets_are_chosen_by_name(tmp_path: Path) -> None:
    targets = configured(tmp_path, OWN_SIDE + TABLES).targets
    assert [target.name for target in chosen(targets, ["EXAMPLE.com"])] == ["example.com"]
    assert chosen(targets, []) == targets
    with pytest.raises(UsageError, match=r"did you mean example\.net"):
        chosen(targets, ["exampel.net"])


def test_a_list_of_targets_has_what_their_tables_say_and_each_once(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text("# ours\nexample.org\nother.example # new\n\nEXAMPLE.org\n")
    said: list[str] = []
    found = listed(str(names), configured(tmp_path, OWN_SIDE + TABLES).targets, said.append)
    assert [(target.name, target.line) for target in found.targets] == [("example.org", 6), ("other.example", 3)]
    assert said == ["bsaudit: --targets-from names example.org more than once"]
    assert found.unread == ""


def test_a_line_that_names_no_domain_holds_up_no_other(tmp_path: Path) -> None:
    """Whoever gets one into a provider's list of customers would end the audits of all."""
    names = tmp_path / "names"
    names.write_text("example.org\nnot a domain\n192.0.2.1\n")
    found = listed(str(names), (), pytest.fail)
    assert [target.name for target in found.targets] == ["example.org"]
    assert found.unread.endswith("names:2: 'not a domain' is not a domain, and 1 more")
    names.write_text("not a domain\n")
    with pytest.raises(UsageError, match=r"names:1: 'not a domain' is not a domain"):
        listed(str(names), (), pytest.fail)


def test_shards_part_the_targets_the_same_way_each_time() -> None:
    names = [f"{number}.example" for number in range(200)]
    parts = [{name for name in names if Shard(number, 4).has(name)} for number in range(1, 5)]
    assert set.union(*parts) == set(names)
    assert sum(map(len, parts)) == len(names)
    assert min(map(len, parts)) > 30
