"""What the vendors do not document, and what this emulator does there: each point a switch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from toolkit.errors import InputError


@dataclass(frozen=True, slots=True)
class Choice:
    """One undocumented point. ``options[0]`` is the default.

    >>> from toolkit.emulator import Choice
    >>> Choice("cobo.high_s", ("refused", "accepted"), "A signature with a high S.").options[0]
    'refused'
    """

    name: str
    options: tuple[str, ...]
    about: str


KNOWN = (
    Choice(
        "cobo.nonce",
        ("any", "never-twice", "fresh"),
        "Whether a nonce may be used again, and whether it must be Unix milliseconds within a "
        "minute of the clock (fresh). The last 20,000 are remembered.",
    ),
    Choice(
        "cobo.query",
        ("raw-or-reencoded", "raw"),
        "Which spelling of the query a signature may cover: as received, or form-encoded again.",
    ),
    Choice(
        "cobo.high_s",
        ("refused", "accepted"),
        "A secp256k1 signature with a high S, which no official SDK sends.",
    ),
    Choice(
        "cobo.auth_codes",
        ("2024", "2022-2023"),
        "Code for missing headers and bad signatures; the older documentation had 2022 and 2023.",
    ),
    Choice(
        "cobo.not_activated_text",
        ("not-yet", "not"),
        "Which of two documented beginnings the text has for a key that waits for approval: Your "
        "API key is not yet activated, or Api key is not activated.",
    ),
    Choice(
        "cobo.made_by_key",
        ("in-its-scopes", "outside"),
        "Whether the vault, project or wallet that an API key makes joins the lists of the roles "
        "that let it: otherwise it cannot use what it made where its roles list others.",
    ),
    Choice(
        "cobo.permissions",
        ("enforced", "off"),
        "Whether the roles and scopes of the API key limit it. The table of preset roles "
        "describes the Portal.",
    ),
    Choice(
        "cobo.custom_role",
        ("nothing", "reads"),
        "What a role that is no preset may do.",
    ),
    Choice(
        "cobo.empty_scope",
        ("no-limit", "nothing"),
        "What an absent or empty list in a role's scope reaches.",
    ),
    Choice(
        "cobo.forbidden_code",
        ("2025", "4001"),
        "Code of a 403 for a missing role or scope; 4001 is also Resource out of organization.",
    ),
    Choice(
        "cobo.unknown_id",
        ("404", "403"),
        "Status for an id that does not exist: 404 with 2028, or 403 with 4001 as for another "
        "organisation's.",
    ),
    Choice(
        "cobo.list_order",
        ("oldest-first", "newest-first"),
        "The order of lists.",
    ),
    Choice(
        "cobo.backward_page",
        ("list-order", "reversed"),
        "The order within a page that was asked for with before.",
    ),
    Choice(
        "cobo.response_headers",
        ("both", "hyphen", "underscore"),
        "How the names of an answer's signature headers are spelled.",
    ),
    Choice(
        "cobo.content_type",
        ("checked", "ignored"),
        "Whether a body must be announced as JSON (406 otherwise).",
    ),
    Choice(
        "cobo.cobo_signs",
        ("true", "absent"),
        "Whether Cobo's own holder shows signer: true.",
    ),
    Choice(
        "cobo.cancelled_status",
        ("KeyHolderConfirmationFailed", "KeyGeneratingFailed"),
        "What later reads say of a cancelled TSS request: no status is documented for it.",
    ),
    Choice(
        "cobo.unknown_node",
        ("offline", "online"),
        "Whether a TSS node that nobody has heard of counts as running.",
    ),
    Choice(
        "cobo.vault_name",
        ("unique-30", "any"),
        "Vault names: unique and at most 30 characters, as in the Portal; or anything.",
    ),
    Choice(
        "cobo.taken_name_code",
        ("2006", "2040"),
        "Code where a name is taken: a bad value, or (not in today's table, still in Cobo's skill) "
        "Resource with same key already exists.",
    ),
    Choice(
        "cobo.holder_count",
        ("refused", "accepted"),
        "Fewer or more holders than participants (minus Cobo's own seat): 400, code 2006.",
    ),
    Choice(
        "cobo.recovery_cobo_share",
        ("absent", "added", "either"),
        "Whether Cobo holds a share of a recovery group, on which its pages disagree: none, as in "
        "the specification; one of the participants, as in its manual since October 2025; or one "
        "where one holder fewer than participants is sent.",
    ),
    Choice(
        "cobo.own_holder",
        ("refused", "accepted"),
        "A holder of type Cobo sent by the caller.",
    ),
    Choice(
        "cobo.node_twice",
        ("refused", "accepted"),
        "One TSS node in two seats of a group.",
    ),
    Choice(
        "cobo.node_in_two_groups",
        ("refused", "accepted"),
        "One TSS node in two groups of an Org-Controlled vault; the manual rules it out, no error "
        "code is known. Where users control the vault it is taken, as in Cobo's guide.",
    ),
    Choice(
        "cobo.signer_count",
        ("any", "threshold-1"),
        "How many of your holders must be marked as signer in a main or signing group.",
    ),
    Choice(
        "cobo.signer_omitted",
        ("all-if-all-sign", "false"),
        "signer left out: true where all must sign (2 of 2, 3 of 3) and false in 2 of 3; or "
        "always false.",
    ),
    Choice(
        "cobo.unknown_query",
        ("refused", "ignored"),
        "Query parameters that the operation does not have: 400, code 2006, or nothing.",
    ),
    Choice(
        "cobo.repeated_query",
        ("refused", "last"),
        "A query parameter that is given more than once: 400, code 2006, or its last value counts, "
        "as in Cobo's Python SDK before it sends.",
    ),
    Choice(
        "cobo.unknown_fields",
        ("ignored", "refused"),
        "Body fields that the specification does not name.",
    ),
    Choice(
        "cobo.second_main_group",
        ("refused", "accepted"),
        "KeyGen for a main group while the vault has one that works; one is active, by the manual.",
    ),
    Choice(
        "cobo.tss_twice",
        ("refused", "accepted"),
        "A second TSS request for a group whose first one is still open.",
    ),
    Choice(
        "cobo.tss_nodes",
        ("members", "any"),
        "tss_node_ids of a TSS request must be holders of the source group (or Cobo's), and enough "
        "of them; or anything: without enough shares it then fails after a day.",
    ),
    Choice(
        "cobo.delete_main_group",
        ("refused", "accepted"),
        "Deleting a main group; the Portal offers it for signing and recovery groups only.",
    ),
    Choice(
        "cobo.webhook_pauses",
        ("doubling", "even"),
        "How long a webhook that was not received waits for each of its ten more tries: 1 s, then "
        "twice as long each time; or 1 s each.",
    ),
    Choice(
        "privy.extra_signatures",
        ("accepted", "refused"),
        "More signatures than the threshold, or invalid ones beside enough valid ones.",
    ),
    Choice(
        "privy.omitted_threshold",
        ("null", "number"),
        "What an answer shows when no threshold was given. All members must sign either way.",
    ),
    Choice(
        "privy.member_twice",
        ("refused", "accepted"),
        "The same key (in any spelling), user or quorum twice in a request.",
    ),
    Choice(
        "privy.delete_in_use",
        ("refused", "accepted"),
        "Deleting a quorum that is nested in another one, or that owns a wallet.",
    ),
    Choice(
        "privy.absent_body",
        ("either", "empty-text", "empty-object"),
        "What a signature over a request without body bytes may cover: an empty text (Node), {} "
        "(Python), or either.",
    ),
    Choice(
        "privy.error_codes",
        ("observed", "documented"),
        "The code beside an authorization error: as seen live (invalid_data or none), or as "
        "documented.",
    ),
    Choice(
        "privy.unknown_query",
        ("refused", "ignored"),
        "Query parameters that the operation does not have.",
    ),
    Choice(
        "privy.repeated_query",
        ("refused", "last"),
        "A query parameter that is given more than once: 400, or its last value counts.",
    ),
    Choice(
        "privy.empty_query",
        ("refused", "absent"),
        "A query parameter without a value: 400 (documented for cursor alone), or as if it were "
        "not there, so that an empty filter finds everything.",
    ),
    Choice(
        "privy.unknown_fields",
        ("refused", "ignored"),
        "Body fields that the operation does not have, within other fields too.",
    ),
    Choice(
        "privy.policy_ids",
        ("any", "known"),
        "Which policies a wallet may name: any id of 24 characters, or those that are there. "
        "Policies can be read here, and not made.",
    ),
    Choice(
        "privy.archive_signed",
        ("no", "by-owner"),
        "Whether archiving a wallet takes its owner's signatures: Privy's types have no header "
        "for them.",
    ),
    Choice(
        "privy.archived_write",
        ("404", "400"),
        "Status for a change to an archived wallet.",
    ),
    Choice(
        "privy.idempotency_where",
        ("documented", "every-post"),
        "Which operations know privy-idempotency-key: those whose schema names it (POST "
        "/v1/wallets), or every POST. The answers of 24 hours are kept, of the last 20,000 keys.",
    ),
    Choice(
        "privy.idempotency_path",
        ("part-of-key", "not-part"),
        "Whether one key at another path is another key, or the same one.",
    ),
    Choice(
        "privy.idempotency_errors",
        ("not-stored", "stored"),
        "Whether a refusal is given again under its key, or the request is judged anew.",
    ),
    Choice(
        "privy.user_ids",
        ("any", "did-privy"),
        "Which user ids are taken; users themselves are not emulated.",
    ),
    Choice(
        "privy.nested_filter",
        ("members-of-owner", "direct-keys"),
        "Which wallets authorization_key finds: also those whose owner has the key in a nested "
        "quorum, or not.",
    ),
    Choice(
        "privy.chain_types",
        ("listed", "any"),
        "Which chain types a new wallet and a list may name: those that Privy lists, or any text. "
        "An address is made up; beyond ethereum and solana its shape is ours.",
    ),
    Choice(
        "privy.intent_payload",
        ("request", "request-with-expiry", "either"),
        "Which bytes authorize an intent. Documented in words only: a signature over the intent's "
        "underlying request. Ours: method, URL and body of request_details with privy-app-id; or "
        "also with privy-request-expiry, the intent's expires_at; or either.",
    ),
    Choice(
        "privy.intent_checked",
        ("at-creation", "at-execution"),
        "When an intent whose change cannot be made is found out: it is refused, or it fails once "
        "enough have signed.",
    ),
    Choice(
        "privy.intent_signed_twice",
        ("refused", "accepted"),
        "A second authorization of an intent by the same member; it counts once either way.",
    ),
    Choice(
        "privy.intent_owner_changed",
        ("counts-anew", "dismissed"),
        "What becomes of a wallet's pending intents when its owner's quorum changes: its members "
        "of then must have signed, or the intents are dismissed.",
    ),
    Choice(
        "privy.intent_order",
        ("created_at_desc", "expires_at_asc", "updated_at_desc"),
        "The order of a list of intents that asks for none.",
    ),
    Choice(
        "privy.intent_creator",
        ("app-secret", "absent"),
        "created_by_display_name of an intent that the app secret made: a text of ours, or none "
        "(the specification requires it, a page says that it may be null).",
    ),
    Choice(
        "privy.external_id_twice",
        ("refused", "accepted"),
        "A new wallet with the external_id of another one.",
    ),
)

_OPTIONS = {choice.name: choice.options for choice in KNOWN}


class Choices(Mapping[str, str]):
    """The choices in force, by name. ``Choices({"cobo.high_s": "accepted"})`` switches one.

    Raises:
        InputError: an unknown name or option.

    >>> from toolkit.emulator import Choices
    >>> Choices({"cobo.high_s": "accepted"})["cobo.high_s"]
    'accepted'
    """

    def __init__(self, switched: Mapping[str, str] | None = None) -> None:
        self._chosen: dict[str, str] = {}
        for choice in KNOWN:
            self._chosen[choice.name] = choice.options[0]
        for name, option in (switched or {}).items():
            self._switch(name, option)

    def _switch(self, name: str, option: str) -> None:
        options = _OPTIONS.get(name)
        if options is None:
            raise InputError(
                f"{name!r} is no choice of the emulator.",
                hint=f"It has {', '.join(self._chosen)}.",
            )
        if option not in options:
            raise InputError(
                f"{name} cannot be {option!r}.",
                hint=f"Choose from {', '.join(options)}.",
            )
        self._chosen[name] = option

    def __getitem__(self, name: str) -> str:
        return self._chosen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)

    def described(self) -> list[dict[str, object]]:
        """Each choice with its options, the one in force and what it is about."""
        return [
            {
                "name": choice.name,
                "chosen": self._chosen[choice.name],
                "options": list(choice.options),
                "about": choice.about,
            }
            for choice in KNOWN
        ]

    def __repr__(self) -> str:
        lines = []
        for choice in KNOWN:
            chosen = f"{choice.name} = {self._chosen[choice.name]}"
            lines.append(f"{chosen}  (of {', '.join(choice.options)}): {choice.about}")
        return "\n".join(lines)
