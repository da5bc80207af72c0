"""A tenant as large as is wanted: listed by page, and the same each time."""

from sandbox.app import WORLD, create
from sandbox.settings import Settings


def test_a_crowd_is_added_to_the_story_and_put_back_with_it() -> None:
    one, two = (create(Settings(apps=30, guests=40, pending=3))[WORLD].tenant for _ in range(2))
    story = create(Settings())[WORLD].tenant
    assert len(one.objects) == len(story.objects) + 70
    assert list(one.objects) == list(two.objects)
    apps = [thing for thing in one.known("servicePrincipal") if thing.id not in story.objects]
    assert len({app.props["displayName"] for app in apps}) == 30
    assert all(len(app.owners) == 1 for app in apps)
    assert sum(thing.is_guest for thing in one.known("user")) == 40
    states = [thing.props["externalUserState"] for thing in one.known("user") if thing.is_guest]
    assert (states.count("PendingAcceptance"), states.count("Accepted")) == (3, 37)
    assert {thing.id for thing in one.known("user")} == set(one.changes), "delta lists them all"
