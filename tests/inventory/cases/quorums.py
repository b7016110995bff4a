"""Cases about key quorums."""

from __future__ import annotations

from tests.inventory.organisation import Case, World, public_key
from toolkit import privy


def nested(
    w: World, k: int, people: str, inner: privy.KeyQuorum, **more: object
) -> privy.KeyQuorum:
    return w.quorum(k, people, key_quorum_ids=[inner.id], **more)  # type: ignore[arg-type]


def same_key(w: World, times: int, k: int, others: str) -> privy.KeyQuorum:
    """The same key of Ann so often, as base64 and as PEM."""
    public = public_key(next(w.numbers))
    w.held(public.fingerprint, "Ann")
    spelled = [public.to_base64(), public.to_pem(), public.to_base64()][:times]
    return w.quorum(k, others, keys=[privy.AuthorizationKey(text) for text in spelled])


def in_many(w: World, times: int) -> None:
    """One key in so many quorums, each 2 of 3."""
    key = w.key("Ann")
    for _ in range(times):
        w.quorum(2, "Ben Cem", keys=[key])


def twins(w: World, *, same: bool) -> None:
    keys = [w.key(person) for person in ("Ann", "Ben", "Cem")]
    w.quorum(2, keys=keys)
    w.quorum(2, keys=keys[::-1] if same else [*keys[:2], w.key("Dee")])


def one_left_out(w: World) -> None:
    """Four keys, and all but the first, and all but the second of them."""
    four = [w.key(person) for person in ("Ann", "Ben", "Cem", "Dee")]
    w.quorum(3, keys=four)
    w.quorum(2, keys=four[1:])
    w.quorum(2, keys=[four[0], *four[2:]])


def at_sites(w: World, sites: str, k: int, **more: str) -> None:
    """A quorum of as many people as sites are named; ``-`` for one whose site is unknown."""
    what = more.get("what", "site")
    keys = [
        w.key(f"P{at}", **({} if site == "-" else {what: f"{w.case}{site}"}))
        for at, site in enumerate(sites.split())
    ]
    w.quorum(k, keys=keys)


CASES: dict[str, list[Case]] = {
    "quorum.alone": [
        Case("1 of 2", lambda w: w.quorum(1, "Ann Ben"), ("quorum.alone",)),
        Case("1 of 1", lambda w: w.quorum(1, "Ann"), ("quorum.alone",)),
        Case("two keys of one person in 2 of 3", lambda w: w.quorum(2, "Ann Ann Ben"), ("quorum.alone",)),
        Case("1 of 2, one of them nested", lambda w: nested(w, 1, "Ann", w.quorum(2, "Ben Cem Dee")), ("quorum.alone",)),
        Case("near: 2 of 3", lambda w: w.quorum(2, "Ann Ben Cem")),
        Case("near: 3 of 4, all different", lambda w: w.quorum(3, "Ann Ben Cem Dee")),
    ],
    "quorum.nested-undoes": [
        Case("Ann, and Ann through 1 of 2", lambda w: nested(w, 2, "Ann Ben", w.quorum(1, "Ann Cem")), ("quorum.alone", "quorum.nested-undoes")),
        Case("both members of the nested one", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Ann Ann Cem")), ("quorum.alone", "quorum.nested-undoes")),
        Case("near: Ann through 2 of 3", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Ann Cem Dee")), ("quorum.same-person",)),
        Case("near: nobody twice", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Cem Dee Eve"))),
    ],
    "quorum.one-loss": [
        Case("2 of 2", lambda w: w.quorum(2, "Ann Ben"), ("quorum.one-loss",)),
        Case("all, because no threshold is named", lambda w: w.quorum(None, "Ann Ben Cem"), ("quorum.one-loss",)),
        Case("Ann has two of four, three are needed", lambda w: w.quorum(3, "Ann Ann Ben Cem"), ("quorum.one-loss", "quorum.same-person")),
        Case("3 of 3 through nesting", lambda w: nested(w, 3, "Ann Ben", w.quorum(2, "Cem Dee Eve")), ("quorum.one-loss",)),
        Case("near: 2 of 3", lambda w: w.quorum(2, "Ann Ben Cem")),
        Case("near: 2 of 3, one of them nested", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Cem Dee Eve"))),
    ],
    "quorum.unreachable": [
        Case("0 of 3", lambda w: w.quorum(0, "Ann Ben Cem"), ("quorum.unreachable",)),
        Case("3 of 2 once the twin is counted once", lambda w: same_key(w, 2, 3, "Ben"), ("quorum.unreachable", "quorum.same-key")),
        Case("near: 3 of 3 with a nested one", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Cem Dee Eve"))),
    ],
    "quorum.not-shown": [
        Case("3 of 2", lambda w: w.quorum(3, "Ann Ben"), ("quorum.not-shown",)),
        Case("nobody is shown", lambda w: w.quorum(1), ("quorum.not-shown",)),
        Case("inside another one", lambda w: nested(w, 2, "Ann Ben", w.quorum(3, "Cem Dee")), ("quorum.not-shown",)),
        Case("near: all are needed", lambda w: w.quorum(2, "Ann Ben"), ("quorum.one-loss",)),
    ],
    "quorum.minority": [
        Case("2 of 4", lambda w: w.quorum(2, "Ann Ben Cem Dee"), ("quorum.minority",)),
        Case("2 of 5", lambda w: w.quorum(2, "Ann Ben Cem Dee Eve"), ("quorum.minority",)),
        Case("near: 2 of 3", lambda w: w.quorum(2, "Ann Ben Cem")),
        Case("near: 3 of 5", lambda w: w.quorum(3, "Ann Ben Cem Dee Eve")),
    ],
    "quorum.same-key": [
        Case("as base64 and as PEM", lambda w: same_key(w, 2, 2, "Ben Cem"), ("quorum.same-key",)),
        Case("three times", lambda w: same_key(w, 3, 2, "Ben Cem"), ("quorum.same-key",)),
        Case("near: once", lambda w: same_key(w, 1, 2, "Ben Cem")),
    ],
    "quorum.same-person": [
        Case("two of five seats, three are needed", lambda w: w.quorum(3, "Ann Ann Ben Cem Dee"), ("quorum.same-person",)),
        Case("a key and a user", lambda w: w.quorum(3, "Ann Ben Cem Dee", user_ids=[w.user("Ann")]), ("quorum.same-person",)),
        Case("through nesting", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Ann Cem Dee")), ("quorum.same-person",)),
        Case("near: five people", lambda w: w.quorum(3, "Ann Ben Cem Dee", user_ids=[w.user("Eve")])),
    ],
    "quorum.not-a-key": [
        Case("a word", lambda w: w.quorum(2, "Ann Ben", keys=[privy.AuthorizationKey(w.held(f"{w.case}no key", "Cem"))]), ("quorum.not-a-key",)),
        Case("an empty text beside three keys", lambda w: w.quorum(3, "Ann Ben Cem", keys=[privy.AuthorizationKey(w.held("", "Dee"))]), ("quorum.not-a-key",)),
        Case("near: keys in another spelling", lambda w: same_key(w, 1, 2, "Ben Cem")),
    ],
    "quorum.unknown-member": [
        Case("one that is not there", lambda w: w.quorum(2, "Ann Ben", key_quorum_ids=["gone 1"]), ("quorum.unknown-member",)),
        Case("two of them, one there", lambda w: w.quorum(3, "Ann Ben Cem", key_quorum_ids=["gone 2", w.quorum(2, "Dee Eve Fay").id]), ("quorum.unknown-member",)),
        Case("near: it is there", lambda w: nested(w, 2, "Ann Ben", w.quorum(2, "Cem Dee Eve"))),
    ],
    "quorum.one-site": [
        Case("both who are needed in Paris", lambda w: at_sites(w, "Paris Paris Rome", 2), ("quorum.one-site",)),
        Case("both in one company", lambda w: at_sites(w, "Acme Acme Other", 2, what="organisation"), ("quorum.one-site",)),
        Case("near: three places", lambda w: at_sites(w, "Paris Rome Oslo", 2)),
        Case("near: nothing is known of two", lambda w: at_sites(w, "Paris - -", 2)),
    ],
    "quorum.site-stops": [
        Case("two of four in Paris, three are needed", lambda w: at_sites(w, "Paris Paris Rome Oslo", 3), ("quorum.site-stops",)),
        Case("two of five in one company, four are needed", lambda w: at_sites(w, "A A B C D", 4, what="organisation"), ("quorum.site-stops",)),
        Case("near: one person stops it, too", lambda w: at_sites(w, "Paris Rome", 2), ("quorum.one-loss",)),
        Case("near: two of five in Paris, three are needed", lambda w: at_sites(w, "Paris Paris Rome Oslo Riga", 3)),
    ],
    "quorum.same-members": [
        Case("the same three keys, turned around", lambda w: twins(w, same=True), ("quorum.same-members",)),
        Case("the same keys, another threshold", lambda w: [(k, w.quorum(k, keys=three)) for three in [[w.key(each) for each in "ABCDE"]] for k in (3, 4)], ("quorum.same-members",)),
        Case("one key in both", lambda w: [w.quorum(1, keys=[key]) for key in [w.key("Ann")] for _ in "12"], ("quorum.same-members", "quorum.alone", "quorum.alone")),
        Case("near: one is another", lambda w: twins(w, same=False)),
        Case("near: no member in both", lambda w: [w.quorum(1) for _ in "12"], ("quorum.not-shown", "quorum.not-shown")),
        Case("near: the last ones are the same", one_left_out),
    ],
    "key.many-quorums": [
        Case("in five", lambda w: in_many(w, 5), ("key.many-quorums",)),
        Case("in seven", lambda w: in_many(w, 7), ("key.many-quorums",)),
        Case("near: in four", lambda w: in_many(w, 4)),
    ],
}  # fmt: skip
