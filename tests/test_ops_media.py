"""What merchants send is fetched at once, again with patience, and failure is in plain sight."""

from datetime import timedelta

from handlers.background import fetching, sweep
from handlers.background.queue import open_queue
from handlers.jobs import Jobs
from handlers.privacy import media_folder
from tests.conftest import Clock
from tests.houses import House
from tests.ops_tools import PNG, WHO, media
from tests.stages import Stage
from wechat.standin import Fault

GET = "/cgi-bin/media/get"


def fetch(stage: Stage) -> None:
    fetching.fetch(stage.house.parts, media(stage.house).id)


def test_a_picture_is_fetched_as_soon_as_the_bell_rings(stage: Stage) -> None:
    stage.standin.picture(WHO, PNG)
    queue = open_queue("sqlite://", stage.house.parts.firm.data)
    queue.immediate = True
    Jobs(queue, lambda: stage.house.parts, "here").ring(stage.house.rung[-1])
    kept = media(stage.house)
    assert (kept.state, kept.content_type, kept.size) == ("ready", "image/png", len(PNG))
    assert (media_folder(stage.house.parts.firm) / kept.file).read_bytes() == PNG
    assert kept.wechat_id not in kept.file


def test_a_failed_fetch_shows_and_is_tried_again_later(stage: Stage, clock: Clock) -> None:
    stage.standin.picture(WHO, PNG)
    stage.standin.break_next(Fault(path=GET, status=502))
    fetch(stage)
    kept = media(stage.house)
    assert (kept.state, kept.error) == ("pending", fetching.UNREACHED)
    assert kept.due_at > clock.now
    clock.forward(minutes=1)
    found = sweep.sweep(stage.house.parts, "a")
    assert found is not None
    assert found.media == [kept.id]
    fetch(stage)
    assert (media(stage.house).state, media(stage.house).error) == ("ready", "")


def test_what_wechat_no_longer_has_fails_with_the_reason(stage: Stage, clock: Clock) -> None:
    stage.standin.picture(WHO, PNG)
    clock.forward(days=3, minutes=1)
    fetch(stage)
    assert (media(stage.house).state, media(stage.house).error) == ("failed", fetching.GONE)


def test_after_three_days_without_wechat_it_is_given_up(stage: Stage, clock: Clock) -> None:
    stage.standin.picture(WHO, PNG)
    stage.server.stop()
    clock.forward(days=3, minutes=1)
    fetch(stage)
    assert (media(stage.house).state, media(stage.house).error) == ("failed", fetching.GAVE_UP)


def test_a_person_can_have_a_failed_one_fetched_again(stage: Stage) -> None:
    stage.standin.picture(WHO, PNG)
    stage.standin.break_next(Fault(path=GET, code=40007))
    fetch(stage)
    assert media(stage.house).state == "failed"
    house = stage.house
    with house.database.write() as session:
        assert fetching.again(session, media(house).id, house.parts.now())
    fetch(stage)
    assert media(house).state == "ready"
    with house.database.write() as session:
        assert not fetching.again(session, media(house).id, house.parts.now())


def test_two_that_fetch_at_the_same_time_keep_one_file(stage: Stage) -> None:
    stage.standin.picture(WHO, PNG)
    fetch(stage)
    fetch(stage)
    assert len(list(media_folder(stage.house.parts.firm).iterdir())) == 1


def test_a_fetch_whose_process_died_is_taken_up_again(house: House, clock: Clock) -> None:
    house.says("", kind="image", media_id="M1")
    with house.database.write() as session:
        assert fetching._take(session, media(house).id, clock.now) is not None
        assert fetching._take(session, media(house).id, clock.now) is None
    clock.forward(minutes=3)
    found = sweep.sweep(house.parts, "a")
    assert found is not None
    assert found.media == [media(house).id]
    assert media(house).due_at - clock.now <= timedelta(0)
