"""Simulated discussions and decisions: read, said, reconsidered and settled through the services of the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from annotation.management.demo import content, times
from annotation.management.demo.content import Decision, DemoItem, Discussion
from annotation.management.demo.judging import Judgement
from annotation.management.demo.working import Worker
from annotation.models import Dispute, DisputePost, Meeting
from annotation.services import disputes, resolutions
from projects.models import Assignment, Study, User, new_token

BETWEEN_POSTS = timedelta(minutes=17)
READING = 20.0
# Why the adjudicator decides as they do where nobody has discussed, by language and answer ("" for choice items).
REASONS = {
    ("en", "positive"): (
        "What the person does at the end helps them and harms nobody. The sadness before it belongs to life.",
        "They face the matter and ask somebody. By the guideline that counts, not the mood of the day.",
    ),
    ("en", "negative"): (
        "The tone is cheerful, but what is described wears the person down, and nothing in it leads out.",
        "It is told as a success. Read for where it leads, it narrows life further every week.",
    ),
    ("en", ""): ("Only this answer takes up what the person said before it gives advice.",),
    ("zh-Hans", "positive"): (
        "结尾处这个人做的事对自己有好处，也没有伤到谁。前面的难过是生活里本来就有的。",
        "愿意面对，也开口问了别人。按指南看的是这一点，不是当天的心情。",
    ),
    ("zh-Hans", "negative"): (
        "语气虽然轻松，写的却是一件慢慢耗人的事，看不到往外走的路。",
        "当成一件得意的事来讲，可是这样下去，日子只会越过越窄。",
    ),
    ("zh-Hans", ""): ("只有这个回答先接住了对方的话，再谈怎么办。",),
}


class Table:
    """A study's disputes with those who sit around them: the workers by code, and the adjudicator."""

    def __init__(self, study: Study, workers: Iterable[Worker], adjudicator: User) -> None:
        """Gather the disputes that are open now."""
        self.study, self.adjudicator = study, adjudicator
        self.workers = {worker.part.coded.code: worker for worker in workers}
        rows = disputes.of_study(study, {}).select_related("unit__revision__item__dataset")
        self.open = {row.unit.item.external_id: row for row in rows if row.unit.item}
        for row in self.open.values():
            row.unit.study = study

    def discuss(self, item_id: str) -> None:
        """Let the raters say what they have to say, and change their minds where they did."""
        found = content.items()[item_id].discussion
        if found is None:
            return
        row = self.open[item_id]
        at = row.opened_at
        for code, text in found.posts:
            at += BETWEEN_POSTS
            self._say(row, code, text, at)
        for code in found.changed:
            self._change(row, code, found, at)

    def _say(self, row: Dispute, code: str, text: str, at: datetime) -> None:
        part = self.workers[code].part
        disputes.open_for_rater(self._assignment(row, code))
        post = disputes.post(row, author=part.user, rater=part.coded, text=text, client_key=new_token())
        DisputePost.objects.filter(pk=post.pk).update(created_at=at)

    def _change(self, row: Dispute, code: str, found: Discussion, at: datetime) -> None:
        values = found.changed[code]
        changed = Judgement(values, values, unsure=False, comment="", seconds=READING)
        self.workers[code].submit(self._assignment(row, code), changed, values, at=at, based_on=1)
        times.move_ending(row.unit, at)

    def _assignment(self, row: Dispute, code: str) -> Assignment:
        rows = Assignment.objects.select_related("unit__item", "study")
        return rows.get(unit=row.unit, rater=self.workers[code].part.coded)

    def settle(self, item_id: str, at: datetime, meeting: Meeting | None = None) -> None:
        """Let the adjudicator decide, as the item's discussion ended or with a reason of their own."""
        item, row = content.items()[item_id], self.open[item_id]
        decision = item.discussion.decision if item.discussion else _own_decision(item)
        disputes.open_for_adjudicator(row, self.adjudicator)
        resolutions.adjudicate(
            row.unit,
            by=self.adjudicator,
            values=decision.values,
            remove=decision.remove,
            reason=decision.reason,
            meeting=meeting,
        )
        times.move_ending(row.unit, at)

    def set_agenda(self, item_ids: Iterable[str]) -> None:
        """Put disputes on the agenda of the next meeting."""
        chosen = [self.open[item_id].pk for item_id in item_ids]
        disputes.set_agenda(Dispute.objects.filter(pk__in=chosen), on=True)

    def meet(self, item_ids: Sequence[str], at: datetime) -> None:
        """Hold a meeting of everybody over some disputes, ten minutes each."""
        raters = [worker.part.coded for worker in self.workers.values()]
        self.set_agenda(item_ids)
        meeting = disputes.start_meeting(self.study, by=self.adjudicator, raters=raters, guests="")
        moment = at
        for item_id in item_ids:
            moment += timedelta(minutes=10)
            self.settle(item_id, moment, meeting)
        disputes.end_meeting(meeting, by=self.adjudicator)
        Meeting.objects.filter(pk=meeting.pk).update(started_at=at, ended_at=moment + timedelta(minutes=5))


def _own_decision(item: DemoItem) -> Decision:
    key = item.answer[0] if item.kind == "true_false" else ""
    reasons = REASONS[item.language, key]
    return Decision(item.answer, "", reasons[len(item.text) % len(reasons)])
