# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands of the api, the command line and the anchor process, and their answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future

from inspector.errors import FormatInvalid, InspectorError, ShiftError
from inspector.evidence.permit import MAX_DOCUMENT
from inspector.ipc import Connections, Message
from inspector.station.alarm_desk import AlarmDesk
from inspector.station.approval import ApprovalKeeper
from inspector.station.bypass import BypassKeeper
from inspector.station.challenges import ChallengeKeeper
from inspector.station.changeover import Changeover, Wanted
from inspector.station.events import EventBus
from inspector.station.export_desk import LONGEST_ABOUT, ExportDesk
from inspector.station.keeping import RetentionKeeper, hold_scope
from inspector.station.keyring import Keyring
from inspector.station.maintenance_desk import MaintenanceDesk
from inspector.station.people import Answer, PeopleKeeper, Person
from inspector.station.release_desk import ReleaseDesk
from inspector.station.reviews import LONGEST_CLASS, ReviewDesk
from inspector.station.settings_desk import SettingsDesk
from inspector.station.shifts import ShiftKeeper
from inspector.station.status import StatusMaker
from inspector.station.take_over import TakeOverKeeper
from inspector.store.writer import Appended, RecordWriter

log = logging.getLogger(__name__)

MOST_BY_HAND = 1_000_000
LONGEST_REASON = 200
LONGEST_NOTE = 500
"""Of who closes a shift, for whoever comes next."""
USER_COMMANDS = ("user-add", "user-role", "user-disable", "user-password", "user-badge", "user-erase", "password")
USER_TEXTS = ("user", "name", "role", "password", "badge", "pin", "enable")


class Commands:
    """Answers requests, on the main thread of the station."""

    def __init__(
        self,
        writer: RecordWriter,
        hub: Connections,
        shifts: ShiftKeeper,
        bus: EventBus,
        status: StatusMaker,
        challenge: ChallengeKeeper,
        bypass: BypassKeeper,
        keyring: Keyring,
        retention: RetentionKeeper,
        people: PeopleKeeper,
        approval: ApprovalKeeper,
        settings: SettingsDesk,
        reviews: ReviewDesk,
        alarms: AlarmDesk,
        maintenance: MaintenanceDesk,
        take_over: TakeOverKeeper,
        changeover: Changeover,
        releases: ReleaseDesk,
    ) -> None:
        self._keyring = keyring
        self._writer = writer
        self._hub = hub
        self._shifts = shifts
        self._bus = bus
        self._status = status
        self._challenge = challenge
        self._bypass = bypass
        self._retention = retention
        self._people = people
        self._approval = approval
        self._settings = settings
        self._reviews = reviews
        self._alarms = alarms
        self._maintenance = maintenance
        self._take_over = take_over
        self._exports = ExportDesk(writer)
        self._changeover = changeover
        self._releases = releases

    def handle(self, peer: str, message: Message) -> None:
        """Carry out one message that is neither of the line nor of a camera."""
        if message["type"] == "receipt":
            self._receipt(peer, message)
        elif message["type"] == "ledger-state":
            self._status.ledgers.heard(message)
        elif message["type"] == "request":
            self._request(peer, message)
        else:
            log.error("%s sent a %s message, which nobody here reads", peer, message["type"])

    def tick(self) -> None:
        """Once per heartbeat: answer what took its time, publish the state."""
        if (answer := self._keyring.tick()) is not None and answer.peer:
            self._hub.send(answer.peer, {"type": "response", "id": answer.request_id, **answer.document})
        if (finished := self._shifts.take_finished()) is not None:
            peer = str(finished.pop("peer"))
            self._hub.send(peer, {"type": "response", **finished})
            self._bus.publish("shift", self._status.shift())
        if (erased := self._retention.take_finished()) is not None:
            self._hub.send(str(erased.pop("peer")), {"type": "response", **erased})
        self._bus.publish("state", self._status.document())

    def _request(self, peer: str, message: Message) -> None:
        request_id, command = str(message["id"]), str(message["command"])
        arguments = message.get("arguments") or {}
        if not isinstance(arguments, dict):
            raise TypeError("arguments")
        answer = self._answer_to(peer, request_id, command)
        try:
            result = self._run(command, arguments, peer, request_id, message.get("session"), answer)
        except InspectorError as error:
            answer(error)
            return
        if result is not None:
            answer(result)

    def _answer_to(self, peer: str, request_id: str, command: str) -> Answer:
        def answer(result: object) -> None:
            response: Message = {"type": "response", "id": request_id}
            if isinstance(result, InspectorError):
                log.warning("%s of %s refused: %s", command, peer, result)
                error = {"code": result.code, "message": result.message, "advice": result.advice}
                self._hub.send(peer, {**response, "ok": False, "error": error})
            else:
                self._hub.send(peer, {**response, "ok": True, "result": result})

        return answer

    def _run(
        self,
        command: str,
        arguments: dict[str, object],
        peer: str,
        request_id: str,
        token: object,
        answer: Answer,
    ) -> dict[str, object] | None:
        def text(name: str, longest: int = 200) -> str:
            value = arguments.get(name, "")
            if not isinstance(value, str) or len(value) > longest:
                raise FormatInvalid(f"{name} of {command} is not text of at most {longest} characters", "Shorten it")
            return value

        def number(name: str) -> int:
            value = arguments.get(name, 0)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_BY_HAND:
                raise FormatInvalid(f"{name} of {command} is not a number from 0 to {MOST_BY_HAND}", "Correct it")
            return value

        person = self._people.authorise(command, text("operator"), token, peer)
        if command == "status":
            return self._status.document()
        if command == "equipment":
            return self._status.equipment()
        if command == "io-points":
            self._maintenance.points(self._shifts.line, answer)
            return None
        if command.startswith("manual-"):
            return self._manual(command, arguments, person, peer, answer)
        if command == "camera-features":
            self._maintenance.features(text("camera"), answer)
            return None
        if command == "login":
            self._people.login(text("person"), text("secret"), peer, answer)
            return None
        if command == "machine-login" and peer == "opcua":
            return self._people.machine_login(text("user"), text("result"))
        if command == "export":
            return self._exports.begin(person)
        if command == "export-made":
            told = text("what"), text("about", LONGEST_ABOUT), text("sha256")
            return self._exports.made(text("ticket"), *told, arguments.get("size"))
        if command == "replay" or command == "verify" or command == "change-list":
            return {"user": person.user}  # the api does these, beside the station: here is only asked whether one may
        if command == "logout":
            return self._people.logout(token)
        if command == "change-statement":
            return self._approval.show(person)
        if command == "change-approve":
            self._approve(person, text("statement"), text("secret"), peer, answer)
            return None
        if command == "announce":
            return self._people.announce(person, text("what"), text("why", 1000))
        if command == "setting-set":
            told = text("name"), text("value", 500), text("why", 1000)
            return self._settings.set(person, *told, self._shifts.shift)
        if command in USER_COMMANDS:
            texts = {name: text(name) for name in USER_TEXTS} | {"why": text("why", 1000)}
            self._people.change_users(command, texts, person, peer, text("secret"), answer)
            return None
        if command == "user-list":
            return self._people.list_users()
        if command == "take-over-statement":
            return self._take_over.show(person)
        if command == "take-over":
            return self._sign_take_over(person, text("statement"), text("secret"), peer, answer)
        if command == "recipe-list":
            return self._changeover.document(text("code"))
        if command == "recipe-change":
            looked = arguments.get("looked") is True
            wanted = Wanted(text("product"), text("digest"), text("code"), looked)
            self._challenge.require_idle()
            self._changeover.begin(wanted, person, answer)
            return None
        if command == "release-activate":
            self._challenge.require_idle()
            self._releases.activate(text("digest"), person, answer)
            return None
        if command == "release-rollback":
            self._challenge.require_idle()
            self._releases.roll_back(text("product"), text("why", LONGEST_NOTE), person, answer)
            return None
        if command == "shift-open":
            self._take_over.require(person)
            result = self._shifts.open(text("lot"), person, text("customer"), text("recipe"))
            self._bus.publish("shift", self._status.shift())
            return result
        if command == "challenge-start":
            self._bypass.require_idle()
            return self._challenge.start(person, self._shifts.shift)
        if command == "review":
            words = text("finding"), text("class", LONGEST_CLASS), text("note", 1000)
            return self._reviews.review(arguments.get("part"), *words, person)
        if command == "shift-statement" or (command == "shift-close" and person.role is None):
            self._challenge.require_idle()
            self._shifts.begin_close(person, text("note", LONGEST_NOTE), number("removed_by_hand"), peer, request_id)
            return None
        if command == "shift-close":
            self._sign_close(person, text("statement"), text("secret"), peer, answer)
            return None
        if command == "shift-resume":
            return self._shifts.resume()
        if command == "bypass-start":
            self._challenge.require_idle()
            return self._bypass.start(text("permit", MAX_DOCUMENT), person.user, self._shifts.shift)
        if command == "bypass-stop":
            return self._bypass.stop(person.user)
        if command == "hold":
            return self._retention.hold(text("name"), hold_scope(arguments), person.user, text("reason", 1000))
        if command == "hold-end":
            return self._retention.end_hold(text("name"), person.user, text("reason", 1000))
        if command == "images-erase":
            digests = arguments.get("images")
            self._retention.begin_erase(digests, person.user, text("reason", 1000), peer, request_id)
            return None
        if command == "backup-made":
            return self._retention.backup_made(arguments.get("seq"), text("head"), text("words", 500))
        if command == "reset-stop":
            result = self._shifts.stops.reset(person.user, text("reason"))
            self._hub.send("line", {"type": "faults-reset"})
            return result
        if command == "alarm-acknowledge":
            return self._alarms.acknowledge(text("code"), person)
        if command == "alarm-shelve":
            return self._alarms.shelve(text("code"), person, number("minutes"), text("reason"))
        if command == "alarm-unshelve":
            return self._alarms.unshelve(text("code"), person)
        if command == "unlock":
            self._keyring.unlock(text("passphrase"), peer, request_id)
            return None
        if command == "key-statement":
            return self._keyring.record_statement(text("statement", MAX_DOCUMENT), person.user)
        if command == "key-rotate":
            self._keyring.rotate(person.user, text("reason"), text("passphrase"), peer, request_id)
            return None
        raise ShiftError(f"there is no command {command!r}", "See docs/architecture.md")

    def _manual(
        self, command: str, arguments: dict[str, object], person: Person, peer: str, answer: Answer
    ) -> dict[str, object] | None:
        """Manual mode and what is forced in it."""
        manual = self._maintenance.manual
        name, reason, for_ms = arguments.get("output", ""), arguments.get("reason", ""), arguments.get("for_ms", 0)
        if not isinstance(name, str) or not isinstance(reason, str) or max(len(name), len(reason)) > LONGEST_REASON:
            raise FormatInvalid(f"output or reason of {command} is no short text", "Correct it")
        if command == "manual-begin":
            return manual.begin(person, reason, peer)
        if command == "manual-force":
            if not isinstance(for_ms, int) or isinstance(for_ms, bool):
                raise FormatInvalid("for_ms of manual-force is no number", "Correct it")
            manual.force(person, name, arguments.get("on") is True, for_ms, peer, answer)
            return None
        if command == "manual-keep":
            return manual.keep(person, peer)
        if command == "manual-release":
            return manual.let_go(person)
        if command == "manual-end":
            return manual.end(person)
        raise ShiftError(f"there is no command {command!r}", "See docs/architecture.md")

    def _sign_close(self, person: Person, statement: str, secret: str, peer: str, answer: Answer) -> None:
        """The person signs what was shown: the secret is asked for once more."""
        self._shifts.shown_to(person, statement)

        def sign() -> dict[str, object]:
            closed = self._shifts.sign(person, statement)
            self._bus.publish("shift", self._status.shift())
            return closed

        self._confirmed(person, secret, peer, answer, sign)

    def _sign_take_over(
        self, person: Person, statement: str, secret: str, peer: str, answer: Answer
    ) -> dict[str, object] | None:
        """The same for a shift that is taken over; at a station without users the staff id is taken as typed."""
        self._take_over.check(person, statement)
        if person.role is None:
            return self._take_over.sign(person, statement)
        self._confirmed(person, secret, peer, answer, lambda: self._take_over.sign(person, statement))
        return None

    def _approve(self, person: Person, statement: str, secret: str, peer: str, answer: Answer) -> None:
        """The same for changes."""
        self._approval.check(person, statement)
        self._confirmed(person, secret, peer, answer, lambda: self._approval.approve(person, statement))

    def _confirmed(
        self, person: Person, secret: str, peer: str, answer: Answer, then: Callable[[], dict[str, object]]
    ) -> None:
        def confirmed(result: object) -> None:
            if isinstance(result, InspectorError):
                answer(result)
                return
            try:
                answer(then())
            except InspectorError as error:
                answer(error)

        self._people.confirm(person, secret, peer, confirmed)

    def _receipt(self, peer: str, message: Message) -> None:
        """A ledger has taken a seal or head; the receipt becomes a record."""
        document = str(message["seal_sha256"])
        fields = {
            "seal": document,
            "ledger": {"kind": str(message["ledger"]["kind"]), "origin": str(message["ledger"]["origin"])},
            "index": int(message["index"]),
            "proof": str(message["proof"]),
        }

        def finished(future: Future[Appended]) -> None:
            error = future.exception()
            if error is None:
                origin = str(message["ledger"]["origin"])
                self._hub.send(peer, {"type": "receipt-ack", "seal_sha256": document, "origin": origin})
            else:
                log.error("a receipt was not recorded: %s", error)

        self._writer.append("receipt", fields).add_done_callback(finished)
