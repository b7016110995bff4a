"""Look at everything that some clients can see, politely, and say what could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from toolkit import cobo, privy
from toolkit.base.validate import texts
from toolkit.client.client import Client
from toolkit.client.journal import Entry
from toolkit.errors import InputError, ToolkitError
from toolkit.inventory.inventory import OF_A_PLAN, Inventory, Ordered, Origin, Unseen
from toolkit.inventory.naming import (
    policies_of_intents,
    policies_of_wallets,
    quorums_of_intents,
    quorums_of_policies,
    quorums_of_wallets,
)
from toolkit.inventory.partitions import SIZE, Partitions, PartitionWriter
from toolkit.inventory.people import People
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.request.exchange import things as things_in
from toolkit.transport.pages import endless, first_page, next_page

T = TypeVar("T")
CONCURRENCY = 4  # reads at a time; where the service asks to wait, all of them do
Question = tuple[str, str, tuple[tuple[str, str], ...]]  # where, the operation, about what
AT_ONCE = 256  # answers that are held before their models are made
NO_LIST = (
    "Privy has no list of key quorums: these come from wallets, policies, intents, the journal and "
    "ids given."
)
NO_POLICIES = "Privy has no list of policies: these come from wallets and intents."
NO_USERS = "Whether Privy users still exist is not read."
#: What each question is for: the list of an inventory that lacks something where it fails.
KINDS = {
    "cobo": {
        "get_api_key_info": "api_keys",
        "get_org_info": "organizations",
        "list_cobo_key_holders": "cobo_holders",
        "list_mpc_projects": "projects",
        "list_mpc_vaults": "vaults",
        "list_key_share_holder_groups": "groups",
        "list_tss_requests": "tss_requests",
        "list_wallets": "cobo_wallets",
    },
    "privy": {
        "get_key_quorum": "quorums",
        "get_policy": "policies",
        "list_intents": "intents",
        "list_wallets": "wallets",
    },
}


def collect(
    *clients: Client,
    quorum_ids: Iterable[str] = (),
    people: People | None = None,
    concurrency: int = CONCURRENCY,
    progress: bool = True,
) -> Inventory:
    """Everything that these clients can see now: vaults, groups, holders, TSS requests, projects,
    Cobo's wallets, API keys and scopes; Privy's wallets, intents, the policies that these name, and
    the quorums that own them, sign for them or stand in them.

    Only reads. What could not be read becomes a row of ``unseen``, unless another client could.
    What two clients see of one service stands in it once.

    Args:
        clients: ``cobo.Client`` and ``privy.Client``, as many as there are keys and apps.
        quorum_ids: key quorums to look at beside those that wallets and the journal name.
        people: who holds which seat.
        concurrency: reads at a time, 1 to 32.
        progress: a bar for what takes longer than a second.

    Raises:
        InputError: no client, something else than one, or ids that are no texts.

    >>> from toolkit import Emulator, collect
    >>> emulator = Emulator.seeded()
    >>> inventory = collect(emulator.cobo_client(), emulator.privy_client())
    >>> len(inventory.vaults), len(inventory.quorums)
    (3, 3)
    """
    wanted = texts(quorum_ids, "quorum_ids")
    _must_be_clients(clients)
    began_ms = clients[0].now_ms()
    look = _Look(concurrency, progress)
    look.everywhere(clients, wanted)
    return look.inventory(began_ms, clients[0].now_ms(), people or People())


def collect_into(
    folder: str | Path,
    *clients: Client,
    quorum_ids: Iterable[str] = (),
    people: People | None = None,
    concurrency: int = CONCURRENCY,
    progress: bool = True,
    size: int = SIZE,
) -> Partitions:
    """The same into a dataset of partitions, for what does not fit into memory: each thing is
    written down as its page arrives, and only ids are kept. ``toolkit.audit_dataset`` reads it.

    Args:
        folder: a new folder, or an empty one.
        clients, quorum_ids, people, concurrency, progress: as ``collect`` takes them.
        size: quorums, or wallets, in a partition.

    Raises:
        InputError: as ``collect``; or the folder cannot be written, is not empty, or pyarrow is not
            installed.

    >>> from toolkit import audit_dataset, collect_into
    >>> dataset = collect_into("today", custody, app)
    >>> audit_dataset(dataset, scheduler=None)
    <Report on EMULATOR: 4 high, 6 medium, 1 low, 1 note, 3 good>
    """
    wanted = texts(quorum_ids, "quorum_ids")
    _must_be_clients(clients)
    began_ms = clients[0].now_ms()
    writer = PartitionWriter(folder, size=size)
    look = _Look(concurrency, progress, keep=writer.add)
    look.everywhere(clients, wanted)
    told = {"origins": look.origins, "ordered": look.ordered.values(), "unseen": look.unseen}
    for kind, rows in told.items():
        for row in rows:
            writer.add(kind, row)
    return writer.finish(at_ms=clients[0].now_ms(), began_ms=began_ms, people=people)


def _must_be_clients(clients: Sequence[Client]) -> None:
    if not clients:
        raise InputError("collect needs a client.", hint="Pass cobo and privy clients.")
    for client in clients:
        if not isinstance(client, cobo.Client | privy.Client):
            raise InputError(
                f"collect takes clients, not {type(client).__name__}.",
                hint="Pass cobo.Client and privy.Client values.",
            )


@dataclass
class _Look:
    """What has been seen so far, each thing once, by environment and id. ``keep``: where a thing
    goes instead, with the identity of the client that saw it; only its id is then remembered.
    """

    concurrency: int
    progress: bool
    keep: Callable[[str, Any, str], None] | None = None
    seen: dict[str, dict[tuple[str, str], Any]] = field(default_factory=dict)
    seen_by: dict[str, str] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    ordered: dict[tuple[str, str, str, int], Ordered] = field(default_factory=dict)
    missed: list[tuple[Unseen, Question | None]] = field(default_factory=list)
    answered: set[Question] = field(default_factory=set)

    def everywhere(self, clients: Sequence[Client], wanted: Sequence[str]) -> None:
        """Look at everything that these clients can see."""
        for client in clients:
            if isinstance(client, cobo.Client):
                self.through(client, "cobo")
                _look_at_cobo(self)
            else:
                self.through(client, "privy")
                _look_at_privy(self, client, wanted)

    def through(self, client: Client, service: str) -> None:
        """From here on, it is this client that looks."""
        self.client = client
        self.service = service
        place = client.environment
        self.origins.append(Origin(self.service, place.name, place.base_url, client.identity))
        self.entries = client.journal.entries(base_url=place.base_url, identity=client.identity)
        for entry in self.entries:
            # a number counts in one journal, and several may be in memory
            whose = (client.journal.path, place.base_url, client.identity, entry.number)
            self.ordered.setdefault(whose, _ordered(entry))

    def has(self, kind: str, thing_id: str | None, thing: T) -> T:
        """Keep a thing, unless it was seen before."""
        key = (self.client.environment.base_url, thing_id or "")
        seen = self.seen.setdefault(kind, {})
        if key in seen:
            return thing if self.keep is not None else cast("T", seen[key])
        if self.keep is not None:
            seen[key] = None
            self.keep(kind, thing, self.client.identity)
            return thing
        seen[key] = thing
        self.seen_by.setdefault(thing_id or "", self.client.identity)
        return thing

    def miss(self, what: str, error: ToolkitError, call: Call[Any]) -> None:
        """What this client could not read, and why."""
        kind = KINDS[self.service][call.operation.name]
        row = Unseen(
            service=self.service,
            environment=self.client.environment.name,
            what=what,
            why=f"{error.what} {OF_A_PLAN.get(kind, '')}".rstrip(),
            cause=error.cause or "",
            about=_about(call),
            kind=kind,
            identity=self.client.identity,
        )
        self.missed.append((row, self._question(call)))

    def cannot(self, what: str, why: str) -> None:
        """What the service has no question for."""
        row = Unseen(self.service, self.client.environment.name, what, why)
        self.missed.append((row, None))

    def _question(self, call: Call[Any]) -> Question | None:
        """What is asked of one thing, whoever asks; None for a list of everything, of which each
        client may see another part.
        """
        if not call.arguments:
            return None
        return self.client.environment.base_url, call.operation.name, call.arguments

    def read(self, calls: Sequence[Call[Any]], what: Callable[[Call[Any]], str]) -> Iterator[Any]:
        """Every thing in the answers to these calls, all pages of them, a few hundred answers at a
        time; ``what`` names what is missing where one fails.
        """
        waiting = [first_page(call) for call in calls]
        asked = set(waiting)
        while waiting:
            now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            answers = self.client.send_many(
                now, concurrency=self.concurrency, progress=self.progress
            )
            for call, exchange in zip(now, answers, strict=True):
                self._note(exchange)
                if exchange.error is not None:
                    self.miss(what(call), exchange.error, call)
                    continue
                yield from things_in(exchange.value)
                more = next_page(call, exchange.value)
                if more in asked:
                    cursor = more.query_string
                    self.miss(what(call), endless(call, cursor), call)
                elif more is not None:
                    asked.add(more)
                    waiting.append(more)
                elif question := self._question(call):
                    self.answered.add(question)

    def _note(self, exchange: Exchange[Any]) -> None:
        """Whether every answer of this client carried a valid signature, so far."""
        origin = self.origins[-1]
        if exchange.error is None and origin.verified is not False:
            self.origins[-1] = replace(origin, verified=exchange.verified)

    @property
    def unseen(self) -> Sequence[Unseen]:
        """What no client could read, one row each."""
        return [row for row, question in self.missed if question not in self.answered]

    def inventory(self, began_ms: int, at_ms: int, people: People) -> Inventory:
        """All of it."""
        kept = {kind: tuple(things.values()) for kind, things in self.seen.items()}
        return Inventory(
            at_ms=at_ms,
            began_ms=began_ms,
            origins=tuple(self.origins),
            ordered=tuple(self.ordered.values()),
            unseen=tuple(self.unseen),
            seen_by=self.seen_by,
            people=people,
            **kept,
        )


def _about(call: Call[Any]) -> str:
    """The id that a call asks for, or that limits its list; empty for a list of everything."""
    if call.arguments:
        return call.arguments[-1][1]
    return str(call.argument("project_id") or "")


# ---- Cobo ----------------------------------------------------------------------------------------


def _look_at_cobo(look: _Look) -> None:
    for info in look.read([cobo.get_api_key_info()], lambda call: "the API key itself"):
        look.has("api_keys", info.key, info)
    for org in look.read([cobo.get_org_info()], lambda call: "the organisation"):
        look.has("organizations", org.org_id, org)
    for holder in look.read([cobo.list_cobo_key_holders()], lambda call: "Cobo’s own nodes"):
        look.has("cobo_holders", holder.tss_node_id, holder)
    projects = [
        look.has("projects", project.project_id, project)
        for project in look.read([cobo.list_mpc_projects()], lambda call: "projects")
    ]
    wanted = [cobo.list_mpc_vaults("Org-Controlled")]
    wanted += [
        cobo.list_mpc_vaults("User-Controlled", project_id=project.project_id)
        for project in projects
    ]
    vaults = [look.has("vaults", each.vault_id, each) for each in look.read(wanted, _vaults_of)]
    _look_into_vaults(look, {vault.vault_id: vault.name for vault in vaults})
    for wallet in look.read([cobo.list_wallets()], lambda call: "Cobo’s wallets"):
        look.has("cobo_wallets", wallet.wallet_id, wallet)


def _look_into_vaults(look: _Look, names: dict[str, str | None]) -> None:
    groups = [
        look.has("groups", group.key_share_holder_group_id, group)
        for group in look.read(
            [cobo.list_key_share_holder_groups(vault_id) for vault_id in names],
            lambda call: f"groups of {_vault_of(call, names)}",
        )
    ]
    for request in look.read(
        [cobo.list_tss_requests(each.vault_id, each.key_share_holder_group_id) for each in groups],
        lambda call: f"TSS requests of {_vault_of(call, names)}",
    ):
        look.has("tss_requests", request.tss_request_id, request)


def _vaults_of(call: Call[Any]) -> str:
    project = call.argument("project_id")
    return f"vaults of project {project}" if project else "vaults of the organisation"


def _vault_of(call: Call[Any], names: dict[str, str | None]) -> str:
    vault_id = str(call.argument("vault_id"))
    return f"vault {names.get(vault_id) or vault_id}"


# ---- Privy ---------------------------------------------------------------------------------------


def _look_at_privy(look: _Look, client: Client, given: Sequence[str]) -> None:
    ruling: dict[str, None] = {}
    owning: dict[str, None] = {}
    for wallet in look.read([privy.list_wallets()], lambda call: "wallets"):
        look.has("wallets", wallet.id, wallet)  # a million of them are not held for what they name
        ruling |= dict.fromkeys(policies_of_wallets([wallet]))
        owning |= dict.fromkeys(quorums_of_wallets([wallet]))
    intents = [
        look.has("intents", intent.intent_id, intent)
        for intent in look.read([privy.list_intents()], lambda call: "intents")
    ]
    wanted = dict.fromkeys((*ruling, *policies_of_intents(intents)))
    policies = [
        look.has("policies", policy.id, policy)
        for policy in look.read(
            [privy.get_policy(policy_id) for policy_id in wanted],
            lambda call: f"policy {call.argument('policy_id')}",
        )
    ]
    named = (
        *owning,
        *quorums_of_policies(policies),
        *quorums_of_intents(intents),
    )
    _look_at_quorums(look, [*given, *named, *_quorums_of_the_journal(look.entries)])
    look.cannot("key quorums that nothing names", NO_LIST)
    look.cannot("policies that nothing names", NO_POLICIES)
    look.cannot("Privy users", NO_USERS)


def _look_at_quorums(look: _Look, named: Iterable[str]) -> None:
    """These quorums, and those inside them."""
    wanted = dict.fromkeys(named)
    asked: set[str] = set()
    while waiting := [quorum_id for quorum_id in wanted if quorum_id not in asked]:
        asked |= set(waiting)
        calls = [privy.get_key_quorum(quorum_id) for quorum_id in waiting]
        for quorum in look.read(calls, lambda call: f"key quorum {call.argument('key_quorum_id')}"):
            look.has("quorums", quorum.id, quorum)
            wanted |= dict.fromkeys(quorum.key_quorum_ids or ())


def _quorums_of_the_journal(entries: Iterable[Entry]) -> Iterable[str]:
    """Quorums that this computer made or changed, but for those that it deleted."""
    known: dict[str, None] = {}
    for entry in entries:
        quorum_id = entry.arguments.get("key_quorum_id") or entry.made
        if "key_quorum" not in entry.operation or not quorum_id:
            continue
        known[quorum_id] = None
        if entry.operation == "delete_key_quorum" and entry.state in ("answered", "adopted"):
            known.pop(quorum_id)
    return known


# ---- the journal ---------------------------------------------------------------------------------


def _ordered(entry: Entry) -> Ordered:
    return Ordered(
        number=entry.number,
        service=entry.service,
        environment=entry.environment,
        base_url=entry.base_url,
        identity=entry.identity,
        operation=entry.operation,
        arguments=dict(entry.arguments),
        state=entry.state,
        begun_ms=entry.begun_ms,
        settled_ms=entry.settled_ms,
        made=entry.made,
        body=entry.body,
    )
