"""People show which GitHub account is theirs by signing in there; that beats everybody's word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.ids import GithubLogin
from bot.errors import UserError
from bot.use_cases import members
from tests.databases import TestDatabase
from tests.scenario.github_support import Office, an_office
from tests.scenario.home_support import audited, home_text, member_id, open_home

_LINKS = """
    SELECT github_login, slack_user_id, state, source, github_id
      FROM github_links JOIN members USING (workspace_id, member_id) ORDER BY github_login
"""


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    async with an_office(database) as office:
        yield office


async def links(office: Office, name: str) -> list[dict[str, object]]:
    rows = await office.stage.rows(_LINKS)
    return [row for row in rows if row["slack_user_id"] == office.stage.person(name).id]


async def test_a_sign_in_beats_the_admins_mapping_and_the_other_is_told(office: Office) -> None:
    stage = office.stage
    async with office.visitor("person2") as visitor:
        link = await visitor.invited("home.claim")
        assert "becomes person2's" in (await visitor.get(link)).text
        page = await visitor.set_out(link)
        back = await visitor.signs_in(page, who="person3-gh")
        seen = await visitor.get(back)
    assert (seen.status, seen.title) == (200, "You are person3-gh on GitHub")
    (mine,) = await links(office, "person2")
    account = office.server.world.accounts["person3-gh"]
    assert mine == {
        "github_login": "person3-gh", "slack_user_id": stage.person("person2").id,
        "state": "confirmed", "source": "oauth", "github_id": account.id,
    }  # fmt: skip
    assert await links(office, "person3") == []
    await stage.until_dm("person3", "`person3-gh` is no longer linked to you")
    done = await audited(stage)
    me = str(await member_id(stage, "person2"))
    assert done[-2:] == [("member.unlinked", me), ("member.proven", me)]
    await open_home(stage, "person2")
    assert "`person3-gh`: yours, GitHub says so" in home_text(stage, "person2")
    assert [t.login for t in office.server.world.tokens] == ["person3-gh"]
    kept = await stage.value("SELECT count(*) FROM secrets WHERE purpose LIKE 'github.%token%'")
    assert kept == 0, "the token of a person is kept nowhere"


async def test_nobodys_word_ends_a_proof(office: Office) -> None:
    stage, now = office.stage, office.stage.clock.now()
    async with office.visitor("person2") as visitor:
        page = await visitor.set_out(await visitor.invited("home.claim"))
        assert (await visitor.get(await visitor.signs_in(page))).status == 200
    for name, login, said in (
        ("person1", "person2-gh", "is somebody else's"),
        ("person2", "another-login", "says that they are person2-gh"),
    ):
        async with stage.transaction() as tx:
            with pytest.raises(UserError, match=said):
                await members.link(
                    tx, stage.person(name).id, GithubLogin(login), actor="operator",
                    source="csv", now=now,
                )  # fmt: skip
    async with stage.transaction() as tx:
        user = stage.person("person2").id
        assert await members.unlink(tx, user, actor="operator", now=now) == "person2-gh"


async def test_twice_is_once_and_a_no_changes_nothing(office: Office) -> None:
    stage = office.stage
    async with office.visitor("person2") as visitor:
        for _ in range(2):
            page = await visitor.set_out(await visitor.invited("home.claim"))
            assert (await visitor.get(await visitor.signs_in(page))).status == 200
        page = await visitor.set_out(await visitor.invited("home.claim"))
        back = await visitor.signs_in(page, decision="cancel")
        assert (await visitor.get(back)).title == "Nothing was changed"
    proven = [action for action, _ in await audited(stage) if action == "member.proven"]
    assert len(proven) == 1
    await stage.quiet()
    assert stage.dm("person2", "no longer linked") is None


async def test_an_old_link_and_githubs_trouble_have_pages_of_their_own(office: Office) -> None:
    stage = office.stage
    async with office.visitor("person2") as visitor:
        page = await visitor.set_out(await visitor.invited("home.claim"))
        back = await visitor.signs_in(page)
        office.server.fail("v3/user", status=500)
        assert (await visitor.get(back)).title == "GitHub does not answer"
        page = await visitor.set_out(await visitor.invited("home.claim"))
        assert (await visitor.get(await visitor.signs_in(page) + "x")).status == 400
        link = await visitor.invited("home.claim")
        office.app.client_secret = "changed"  # pragma: allowlist secret
        page = await visitor.set_out(link)
        assert "not the App's" in (await visitor.get(await visitor.signs_in(page))).text
        link = await visitor.invited("home.claim")
        await stage.services.store.pool.execute(
            "UPDATE hunch.oauth_states SET expires_at = now() - interval '1 minute'"
        )
        assert (await visitor.get(link)).title == "This link has expired"
    assert office.refusals("github_away") == 1
    assert office.refusals("expired_state") == 1


async def test_whatever_else_comes_back_has_a_page_too(office: Office) -> None:
    unknown = "x" * 43
    async with office.visitor("person2") as visitor:
        for path in (f"/github/link/begin?ticket={unknown}", "/github/link?ticket=short"):
            assert (await visitor.get(path)).title == "This link cannot be used"
        for said, word in (("error=server_error", "server_error"), ("code=%00", "no_code")):
            page = await visitor.set_out(await visitor.invited("home.claim"))
            (state,) = parse_qs(urlsplit(page).query)["state"]
            seen = await visitor.get(f"/github/linked?state={state}&{said}")
            assert (seen.status, f"word for it: {word}" in seen.text) == (400, True)
    person = office.stage.person("person2")
    assert (await person.click_home("home.to_github", forged=True, block_id="x")).ok
    assert person.modal is None
