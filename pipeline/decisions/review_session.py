"""The batch and its log as one running server holds them. The results file stays the only truth; this is a copy.

All public methods may be called from several threads.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from pipeline.checks.better_return import Contender
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.records import Article, Observation, Roster, Settings
from pipeline.datamodel.statuses import SET_ASIDE
from pipeline.decisions.answers import CONTROL_SAMPLE, Answer, WrongAnswer, entries, undo_entries
from pipeline.decisions.extra_fields import ExtraFields, extra_fields_of
from pipeline.decisions.hints import people_of
from pipeline.decisions.log import RowAfter, row_after, standing
from pipeline.decisions.places import Place, homes
from pipeline.decisions.questions import (
    DUPLICATE,
    FIELDS,
    Question,
    is_later,
    is_open,
    objections,
    questions,
    return_of,
)
from pipeline.decisions.queue_order import CONTROL_GROUP, group_of, in_order
from pipeline.forms.form import Form, form_called
from pipeline.forms.reader import known_forms
from pipeline.results.results_file import StaleDecision
from pipeline.results.store import Judged, Store


@dataclass(frozen=True)
class State:
    """One return with what was decided on it."""

    judged: Judged
    log: tuple[Decision, ...]
    notes: frozenset[str]
    control: bool
    extra_fields: ExtraFields = field(default_factory=dict)
    """The further fields of the form that it is on."""

    @property
    def version(self) -> int:
        """How many entries its log has; an answer must name the one that it saw."""
        return len(self.log)

    @cached_property
    def decided(self) -> list[Decision]:
        """The decisions that stand: not undone, not replaced."""
        return standing(self.log)

    @cached_property
    def asked(self) -> list[Question]:
        """Its questions, settled ones too, worst first."""
        return questions(self.judged.flags, self.decided, self.notes, self.extra_fields)

    @cached_property
    def after(self) -> RowAfter:
        """Its row with what people decided."""
        return row_after(self.judged.row["status"], self.judged.row["flags"], self.decided, self.notes)

    @cached_property
    def values(self) -> dict[str, str]:
        """The columns that people decide on, as the log writes them."""
        return {column: self.after.value(self.judged.row, column) for column in (*FIELDS, *self.extra_fields)}

    @property
    def status(self) -> str:
        """As the table will have it."""
        return self.after.status

    @property
    def contender(self) -> Contender:
        """The return beside others for the same article, by its row's number."""
        source, day = self.judged.source, self.values["date"]
        codes = [flag.code for flag in self.judged.flags]
        signed = date.fromisoformat(day) if day else None
        return Contender(self.judged.number, self.status, codes, signed, source.name, source.sha256)

    @property
    def awaits_control(self) -> bool:
        """Whether it is a control sample that nobody has checked yet."""
        return self.control and not any(d.reason.startswith(CONTROL_SAMPLE) or d.action == "ask" for d in self.decided)

    @cached_property
    def where(self) -> str:
        """Its place in the work: `open`, `later`, or the status."""
        if self.status in ("ask again", SET_ASIDE):
            return self.status
        if self.awaits_control or is_open(self.asked):
            return "later" if is_later(self.decided) else "open"
        return self.status


@dataclass
class ReviewSession:
    """What a server knows. Make one with `ReviewSession.of`."""

    store: Store
    rows: dict[int, Judged] = field(default_factory=dict)
    number_of: Mapping[Place, int] = field(default_factory=dict)
    """File and hash -> number of the row."""
    order: list[int] = field(default_factory=list)
    """Numbers of the queue's rows, fixed while the server runs; newcomers join at the end."""
    queued: set[int] = field(default_factory=set)
    control: set[int] = field(default_factory=set)
    log: dict[Place, list[Decision]] = field(default_factory=lambda: defaultdict(list))
    """Place of a row -> the decisions on its return, also those from where it lay before."""
    homes: Mapping[Place, Place] = field(default_factory=dict)
    """Place in the log -> place of the row now; see `places.homes`."""
    entries: list[Decision] = field(default_factory=list)
    """The whole log, in its order."""
    last: int = 0
    """Number of the last entry of the log that is known."""
    stamp: str = ""
    roster: Roster = field(default_factory=Roster)
    settings: Settings = field(default_factory=lambda: Settings(today=date.min))
    articles: Mapping[str, Article] = field(default_factory=dict)
    forms: Sequence[Form] = ()
    """The packaged forms, and those that the last run was given, as far as they are still there."""
    extra_fields: Mapping[str, ExtraFields] = field(default_factory=dict)
    """Form -> its further fields."""
    states: dict[int, State] = field(default_factory=dict)
    shelf: tuple[tuple[str, int], Mapping[str, list[State]]] | None = None
    """Of `by_article`, with the state of things that it holds for."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while the copy in memory is read or changed, never while the disk is waited for."""
    writing: threading.RLock = field(default_factory=threading.RLock)
    """Held by the one thread that writes; taken before `lock`."""

    @classmethod
    def of(cls, store: Store) -> ReviewSession:
        """A session with all that the store holds now."""
        session = cls(store)
        session.refresh()
        return session

    # --- keeping up --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what other programs wrote: a new run's rows, other servers' decisions."""
        stamp = self.store.judged_stamp()
        if stamp != self.stamp:
            judged, last = self.store.judged_rows(), self.store.last_run()
            with self.lock:
                self._take_rows(judged, last)
                self.stamp = stamp
        self._catch_up()

    def _catch_up(self) -> None:
        """Take in the log's new entries, ours and others', in their order."""
        new = self.store.decisions(after=self.last)
        with self.lock:
            for entry in new:
                self._take_entry(entry)

    def _take_rows(self, judged: Sequence[Judged], last: tuple[Roster, Settings] | None) -> None:
        if last:
            self.roster, self.settings = last
            self.articles = {a.key: a for a in self.roster.articles}
            self.forms = known_forms(self.settings.forms)
            self.extra_fields = extra_fields_of(self.forms)
        self.rows = {r.number: r for r in judged}
        self.number_of = {return_of(r): r.number for r in judged}
        self.states.clear()
        self._settle_homes()
        numbers, control = in_order(judged, self.settings.notes)
        self.order = [n for n in self.order if n in self.rows] + [n for n in numbers if n not in self.queued]
        self.queued = set(self.order)
        self.control = {n for n in self.control if n in self.rows} | set(control)
        for key in list(self.log):
            if (number := self.number_of.get(key)) is not None:
                self._queue_if_asked(number)

    def _settle_homes(self) -> None:
        """Put every entry of the log with the row where its return lies now."""
        self.homes = homes({(d.file, d.sha256) for d in self.entries}, self.number_of)
        self.log.clear()
        for entry in self.entries:
            self.log[self._place(entry)].append(entry)

    def _place(self, entry: Decision) -> Place:
        return self.homes.get((entry.file, entry.sha256), (entry.file, entry.sha256))

    def row_of(self, entry: Decision) -> int | None:
        """Number of the row whose return was decided on, wherever it lay then; None where it is gone."""
        return self.number_of.get(self._place(entry))

    def _take_entry(self, entry: Decision) -> None:
        if entry.id <= self.last:
            return
        self.entries.append(entry)
        self.last = entry.id
        if (entry.file, entry.sha256) in self.homes or (entry.file, entry.sha256) in self.number_of:
            self.log[self._place(entry)].append(entry)
        else:
            self._settle_homes()
            self.states.clear()
        key = self._place(entry)
        number = self.number_of.get(key)
        if number is not None:
            self.states.pop(number, None)
            self._queue_if_asked(number)

    def _queue_if_asked(self, number: int) -> None:
        """A return that a person raised a doubt about joins the queue's end."""
        state = self.state(number)
        if number not in self.queued and state and state.asked:
            self.order.append(number)
            self.queued.add(number)

    # --- reading -----------------------------------------------------------------------------------------------

    def state(self, number: int) -> State | None:
        """The return of this row; None where there is none, or none any more."""
        if (known := self.states.get(number)) is not None:
            return known
        with self.lock:
            judged = self.rows.get(number)
            if judged is None:
                return None
            if number not in self.states:
                log = tuple(self.log.get(return_of(judged), ()))
                extra_fields = self.extra_fields.get(str(judged.row["form"]), {})
                self.states[number] = State(judged, log, self.settings.notes, number in self.control, extra_fields)
            return self.states[number]

    def all_states(self) -> list[State]:
        """Every return, in the order of the rows."""
        with self.lock:
            return [state for number in self.rows if (state := self.state(number))]

    def queue(self) -> list[State]:
        """The flagged returns and the control samples in their fixed order, then what people raised doubts about."""
        with self.lock:
            return [state for n in self.order if (state := self.state(n))]

    def group(self, state: State) -> int:
        """The group of the queue that its flags put it in; control samples have one of their own."""
        codes = [flag.code for flag in state.judged.flags if flag.code not in self.settings.notes]
        found = group_of(codes)
        if found == CONTROL_GROUP and not state.control:
            return CONTROL_GROUP - 1
        return found

    def observation(self, number: int) -> Observation:
        """What was read of the return, from the store; an empty one where that is gone."""
        return self.store.observation(number) or Observation()

    def changed_since(self, entry: int) -> list[State]:
        """Returns with entries numbered above `entry`."""
        with self.lock:
            keys = {self._place(d) for d in reversed(self.entries) if d.id > entry}
            return [s for key in keys if (n := self.number_of.get(key)) is not None and (s := self.state(n))]

    def by_article(self) -> Mapping[str, list[State]]:
        """Article -> the returns for it, as decided so far, file names in order."""
        with self.lock:
            ground = (self.stamp, self.last)
            if self.shelf is None or self.shelf[0] != ground:
                found: dict[str, list[State]] = defaultdict(list)
                for state in self.all_states():
                    if state.values["article"]:
                        found[state.values["article"]].append(state)
                self.shelf = (ground, dict(found))
            return self.shelf[1]

    def decided_states(self) -> list[State]:
        """Those with decisions that stand."""
        with self.lock:
            numbers = [n for key, log in self.log.items() if log and (n := self.number_of.get(key)) is not None]
            return [state for n in numbers if (state := self.state(n)) and state.decided]

    def is_undo(self, decision: Decision, entry: int | None) -> bool:
        """Whether an entry of the same return's log took something back itself."""
        log = self.log.get(self._place(decision), ())
        return any(d.id == entry and d.action == "undo" for d in log)

    def read_by(self, decision: Decision, column: str) -> str:
        """What the machine's row has in `column` for the return that was decided on."""
        number = self.row_of(decision)
        return str(self.rows[number].row[column] or "") if number is not None else ""

    # --- writing -----------------------------------------------------------------------------------------------

    def answer(self, number: int, version: int, answer: Answer, who: str, step: str) -> list[Decision]:
        """Write one answer; on disk when this comes back. Raises StaleDecision, WrongAnswer."""

        def log(state: State, basis: Decision) -> list[Decision]:
            question = next((q for q in state.asked if q.key == answer.key), None)
            column = question.field if question else answer.key.removeprefix("field:")
            before = state.values.get(column, "")
            people = self._people(state, column, answer)

            def doubts(changed: str, value: str) -> list[tuple[str, str]]:
                return [doubt for doubt in self.doubts(number, changed, value) if doubt[0] not in people]

            found = entries(answer, state.asked, before, basis, doubts, state.extra_fields)
            return found + [
                replace(basis, action="correct", field=name, before=state.values[name], after=value, reason=MATCHED,
                        version=basis.version + place)
                for place, (name, value) in enumerate(people.items(), start=len(found))
            ]  # fmt: skip

        return self._write(number, version, who, step, log)

    def _people(self, state: State, column: str, answer: Answer) -> dict[str, str]:
        """Name and signer of an article that was just chosen, as far as what was read denotes its authors."""
        article = self.articles.get(answer.value) if (column, answer.action) == ("article", "correct") else None
        if article is None:
            return {}
        found = people_of(state.judged.row, article)
        return {name: value for name, value in found.items() if value != state.values[name]}

    def undo(self, number: int, version: int, entry: int, who: str, step: str) -> list[Decision]:
        """Take back a decision with its step, on all rows that the step touched."""
        with self.writing:
            state = self._fresh(number)
            target = next((d for d in state.log if d.id == entry), None)
            rows = self._rows_of_step(target) if target else [number]
            if rows == [number]:
                return self._write(number, version, who, step, lambda s, b: undo_entries(s.log, entry, b))
            if state.version != version and not self._known(state, step):
                raise StaleDecision("Somebody else has decided on this return meanwhile. Look at it again.")
            return self._write_many(rows, who, step, lambda s, b: undo_entries(s.log, self._in_step(s, target), b))

    def keep(self, number: int, version: int, who: str, step: str) -> list[Decision]:
        """Let one of several returns for an article count and set the others aside, in one step.

        Raises StaleDecision, WrongAnswer where there is no other one.
        """
        with self.writing:
            state = self._fresh(number)
            if known := self._known(state, step):
                return known
            if state.version != version:
                raise StaleDecision("Somebody else has decided on this return meanwhile. Look at it again.")
            others = [s.judged.number for s in self.by_article().get(state.values["article"], []) if s is not state]
            if not others:
                raise WrongAnswer("There is no other return for this article.")

            def log(one: State, basis: Decision) -> list[Decision]:
                return _kept(one, basis) if one.judged.number == number else _spare(one, basis)

            return self._write_many([number, *others], who, step, log)

    def see_signatures(self, versions: Mapping[int, int], who: str, step: str, reason: str) -> list[Decision]:
        """Log that the signatures of several returns were glanced at, in one step."""
        with self.writing:
            for number, version in versions.items():
                state = self._fresh(number)
                if state.version != version and not self._known(state, step):
                    raise StaleDecision("Somebody else has decided on one of these meanwhile. Load the sheet again.")

            def log(state: State, basis: Decision) -> list[Decision]:
                seen = state.values["signature"]
                return [replace(basis, action="seen", field="signature", before=seen, after=seen, reason=reason)]

            return self._write_many(list(versions), who, step, log)

    def doubts(self, number: int, column: str, value: str) -> list[tuple[str, str]]:
        """Doubts that a new value of one column of a row raises."""
        state = self.state(number)
        if state is None:
            return []
        taken: dict[str, list[str]] = {}
        if column == "article":
            others = [s for s in self.by_article().get(value, []) if s.judged.number != number]
            taken[value] = [s.judged.source.name for s in others if s.status not in ("ask again", SET_ASIDE)]
        values = {**state.values, column: value}
        form = form_called(self.forms, str(state.judged.row["form"]))
        return objections(column, values, self.articles, self.settings, taken, form, state.judged.resolution.batch_day)

    def _write(
        self, number: int, version: int, who: str, step: str, log: Callable[[State, Decision], list[Decision]]
    ) -> list[Decision]:
        with self.writing:
            state = self._fresh(number)
            if known := self._known(state, step):
                return known
            if state.version != version:
                raise StaleDecision("Somebody else has decided on this return meanwhile. Look at it again.")
            return self._append(log(state, _basis(state, who, step)))

    def _write_many(
        self, numbers: Sequence[int], who: str, step: str, log: Callable[[State, Decision], list[Decision]]
    ) -> list[Decision]:
        states = [self._fresh(number) for number in numbers]
        if known := [d for state in states for d in self._known(state, step)]:
            return known
        return self._append([d for state in states for d in log(state, _basis(state, who, step))])

    def _append(self, log: Sequence[Decision]) -> list[Decision]:
        try:
            return self.store.decide_together(log, self._known_as)
        finally:
            self._catch_up()

    def _known_as(self, place: Place) -> list[str]:
        """The names that the log has for a row's return."""
        return [place[0], *(old for (old, sha), now in self.homes.items() if now == place and old != place[0])]

    def _fresh(self, number: int) -> State:
        self._catch_up()
        state = self.state(number)
        if state is None:
            raise WrongAnswer("This return is not in the table any more. Load the page again.")
        return state

    @staticmethod
    def _known(state: State, step: str) -> list[Decision]:
        """What this very step wrote before: a page that got no reply sends it again."""
        return [d for d in state.log if step and d.group == step]

    def _rows_of_step(self, target: Decision) -> list[int]:
        keys = {self._place(d) for d in self.entries if d.group == target.group and d.group}
        keys.add(self._place(target))
        return sorted(n for key in keys if (n := self.number_of.get(key)) is not None)

    @staticmethod
    def _in_step(state: State, target: Decision | None) -> int:
        return next((d.id for d in state.log if target and d.group == target.group), 0)


MATCHED = "read, and matched when the article was chosen"
OTHER_COUNTS = "the other return counts"
THIS_COUNTS = "this return counts"


def _kept(state: State, basis: Decision) -> list[Decision]:
    """Entries by which a return counts: what set it aside is taken back, and that a better one is there is settled."""
    aside = [d for d in state.decided if d.action == "aside"]
    log = [
        replace(basis, action="undo", field=d.field, before=d.after, after=d.before, undo_of=d.id)
        for d in reversed(aside)
    ]
    if any(flag.code == DUPLICATE for flag in state.judged.flags):
        log.append(replace(basis, action="confirm", flag=DUPLICATE, reason=THIS_COUNTS))
    return [replace(entry, version=basis.version + place) for place, entry in enumerate(log)]


def _spare(state: State, basis: Decision) -> list[Decision]:
    """The entry by which a return is set aside, unless it is already."""
    if state.status == SET_ASIDE:
        return []
    flag = DUPLICATE if any(f.code == DUPLICATE for f in state.judged.flags) else ""
    return [replace(basis, action="aside", flag=flag, reason=OTHER_COUNTS)]


def _basis(state: State, who: str, step: str) -> Decision:
    file, sha256 = return_of(state.judged)
    return Decision(0, "", who, file, sha256, "confirm", version=state.version, group=step)
