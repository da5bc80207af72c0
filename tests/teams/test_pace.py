"""Teams' limits are kept before Teams has to say so."""

from access.ports import NotDone
from bot.teams.pace import APP, SEND, Pace
from tests.teams.conftest import HandTime


def worst(times: list[float], seconds: float) -> int:
    """Return the most calls that any window of that length holds."""
    return max(sum(1 for one in times if start <= one < start + seconds) for start in times)


async def test_a_conversation_is_paced_to_what_teams_allows(passing: HandTime) -> None:
    pace, times = Pace(passing.now, passing.sleep), []
    for _ in range(200):
        try:
            await pace.turn("19:x", SEND, urgent=False)
        except NotDone as later:
            await passing.sleep(later.retry_after or 0)
            await pace.turn("19:x", SEND, urgent=False)
        times.append(passing.at)
    for most, seconds in SEND:
        assert worst(times, seconds) <= most
    assert worst(times, 2) == 8


async def test_one_conversation_does_not_wait_for_another(passing: HandTime) -> None:
    pace = Pace(passing.now, passing.sleep)
    for number in range(40):
        await pace.turn(f"19:{number}", SEND, urgent=False)
    assert passing.slept == []


async def test_the_whole_app_is_paced(passing: HandTime) -> None:
    pace, times = Pace(passing.now, passing.sleep), []
    for _ in range(160):
        await pace.turn("", APP, urgent=False)
        times.append(passing.at)
    assert worst(times, 1) == 50


async def test_an_answer_that_somebody_waits_for_goes_at_once_and_counts(passing: HandTime) -> None:
    pace = Pace(passing.now, passing.sleep)
    for _ in range(8):
        await pace.turn("19:x", SEND, urgent=True)
    assert passing.slept == []
    await pace.turn("19:x", SEND, urgent=False)
    assert passing.slept[0] > 1.9


async def test_quiet_conversations_are_forgotten(passing: HandTime) -> None:
    pace = Pace(passing.now, passing.sleep)
    for number in range(3000):
        passing.at += 10
        await pace.turn(f"19:{number}", SEND, urgent=False)
    assert len(pace._turns) < 2000
