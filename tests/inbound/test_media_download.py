"""What merchants send is fetched at once, again with patience, and failure is in plain sight."""

from datetime import timedelta

from sqlalchemy import select

from handlers.actions import messages
from handlers.actions.perform import perform
from handlers.inbound import media_download
from handlers.jobs import sweep
from handlers.jobs.queue import open_queue
from handlers.jobs.schedule import Jobs
from handlers.media_files import media_folder
from storage.models.conversations import Consultant, Media
from tests.conftest import Clock
from tests.full_stack import Stage
from tests.installed import House
from tests.ops.tools import WHO, media
from tests.pictures import PNG
from wechat.simulator import Fault

GET = "/cgi-bin/media/get"


def fetch(stage: Stage) -> None:
    media_download.fetch(stage.house.context, media(stage.house).id)


def test_a_picture_is_fetched_as_soon_as_the_job_runs(stage: Stage) -> None:
    stage.simulator.picture(WHO, PNG)
    queue = open_queue("sqlite://", stage.house.context.firm.data)
    queue.immediate = True
    Jobs(queue, lambda: stage.house.context, "here").enqueue_delivery(stage.house.enqueued[-1])
    kept = media(stage.house)
    assert (kept.state, kept.content_type, kept.size) == ("ready", "image/png", len(PNG))
    assert (media_folder(stage.house.context.firm) / kept.file).read_bytes() == PNG
    assert kept.wechat_id not in kept.file


def test_a_failed_fetch_shows_and_is_tried_again_later(stage: Stage, clock: Clock) -> None:
    stage.simulator.picture(WHO, PNG)
    stage.simulator.break_next(Fault(path=GET, status=502))
    fetch(stage)
    kept = media(stage.house)
    assert (kept.state, kept.error) == ("pending", media_download.UNREACHED)
    assert kept.due_at > clock.now
    clock.forward(minutes=1)
    found = sweep.sweep(stage.house.context, "a")
    assert found is not None
    assert found.media == [kept.id]
    fetch(stage)
    assert (media(stage.house).state, media(stage.house).error) == ("ready", "")


def test_what_wechat_no_longer_has_fails_with_the_reason(stage: Stage, clock: Clock) -> None:
    stage.simulator.picture(WHO, PNG)
    clock.forward(days=3, minutes=1)
    fetch(stage)
    assert (media(stage.house).state, media(stage.house).error) == ("failed", media_download.GONE)


def test_after_three_days_without_wechat_it_is_given_up(stage: Stage, clock: Clock) -> None:
    stage.simulator.picture(WHO, PNG)
    stage.server.stop()
    clock.forward(days=3, minutes=1)
    fetch(stage)
    assert (media(stage.house).state, media(stage.house).error) == (
        "failed",
        media_download.GAVE_UP,
    )


def ask_again(house: House, by: Consultant) -> None:
    found = media(house)
    perform(
        house.context,
        found.conversation_id,
        by.id,
        lambda acting: messages.fetch_again(acting, found.id),
    )


def test_a_person_can_have_a_failed_one_fetched_again(stage: Stage) -> None:
    stage.simulator.picture(WHO, PNG)
    stage.simulator.break_next(Fault(path=GET, code=40007))
    fetch(stage)
    assert media(stage.house).state == "failed"
    by = stage.house.consultant("小李")
    ask_again(stage.house, by)
    assert (media(stage.house).state, media(stage.house).attempts) == ("pending", 0)
    fetch(stage)
    assert media(stage.house).state == "ready"
    ask_again(stage.house, by)
    assert media(stage.house).state == "ready"


def test_what_wechat_has_no_id_for_is_not_fetched_again(stage: Stage) -> None:
    stage.simulator.picture(WHO, PNG)
    with stage.house.database.write() as session:
        row = session.scalars(select(Media)).one()
        row.state, row.wechat_id = "failed", ""
    ask_again(stage.house, stage.house.consultant("小李"))
    assert media(stage.house).state == "failed"


def test_two_that_fetch_at_the_same_time_keep_one_file(stage: Stage) -> None:
    stage.simulator.picture(WHO, PNG)
    fetch(stage)
    fetch(stage)
    assert len(list(media_folder(stage.house.context.firm).iterdir())) == 1


def test_a_fetch_whose_process_died_is_taken_up_again(house: House, clock: Clock) -> None:
    house.says("", kind="image", media_id="M1")
    with house.database.write() as session:
        assert media_download._take(session, media(house).id, clock.now) is not None
        assert media_download._take(session, media(house).id, clock.now) is None
    clock.forward(minutes=3)
    found = sweep.sweep(house.context, "a")
    assert found is not None
    assert found.media == [media(house).id]
    assert media(house).due_at - clock.now <= timedelta(0)
