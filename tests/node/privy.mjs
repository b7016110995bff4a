// The official Node SDK of Privy, unmodified, against the emulator: facts as JSON in, what happened as JSON out.
import { PrivyClient, generateAuthorizationSignature } from "@privy-io/node";

const { base_url, app_id, app_secret, keys, policy, hot } = JSON.parse(process.argv[2]);
const client = new PrivyClient({ appId: app_id, appSecret: app_secret, apiUrl: base_url });
const slashed = new PrivyClient({ appId: app_id, appSecret: app_secret, apiUrl: base_url + "/" });
const quorums = client.keyQuorums();
const signed = (...names) => ({ authorization_context: { authorization_private_keys: names.map((name) => keys[name].private) } });

async function told(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    return { status: error.status, text: error.error?.error };
  }
}

const out = {};
const members = [keys.a.public, keys.b.public];
out.made = await told(quorums.create({ public_keys: members, authorization_threshold: 2, display_name: "Zürich 🔑" }));
const id = out.made.value.id;
out.got = await told(quorums.get(id));
out.few = await told(quorums.update(id, { authorization_threshold: 1, ...signed("a") }));
out.stranger = await told(quorums.update(id, { authorization_threshold: 1, ...signed("a", "c") }));
out.twice = await told(quorums.update(id, { authorization_threshold: 1, ...signed("a", "a") }));
out.nobody = await told(quorums.update(id, { authorization_threshold: 1 }));
out.slash = await told(slashed.keyQuorums().update(id, { authorization_threshold: 1, ...signed("a", "b") }));
const intents = client.intents();
out.proposed = await told(intents.updateKeyQuorum(id, { display_name: "Proposed 🔑" }));
out.intent = await told(intents.get(out.proposed.value.intent_id));
out.listed_intents = [];
for await (const each of intents.list({ resource_id: id, status: "pending", limit: 1 })) out.listed_intents.push(each.intent_id);
out.rejected = await told(intents.reject(out.proposed.value.intent_id));
out.rejected_again = await told(intents.reject(out.proposed.value.intent_id));

// an intent is authorized by path: its services have no function for it, but its signature over the request
out.proposed_again = await told(intents.updateKeyQuorum(id, { display_name: "Agreed" }));
const { intent_id: agreed, request_details: asked } = out.proposed_again.value;
const input = { version: 1, method: asked.method, url: asked.url, body: asked.body, headers: { "privy-app-id": app_id } };
out.authorized = [];
for (const name of ["a", "b"]) {
  const signature = generateAuthorizationSignature({ authorizationPrivateKey: keys[name].private, input });
  const body = { signature, timestamp: Date.now() };
  out.authorized.push(await told(client.privyApiClient.post(`/v1/intents/${agreed}/authorize`, { body })));
}
out.agreed = await told(quorums.get(id));
out.changed = await told(quorums.update(id, { authorization_threshold: 1, ...signed("a", "b") }));
out.deleted = await told(quorums.delete(id, signed("b")));
out.gone = await told(quorums.get(id));

// wallets: idempotency keys, filters, archiving, batches; policies; automations
const wallets = client.wallets();
const once = { chain_type: "ethereum", external_id: "node-1", owner: { user_id: "did:privy:node" }, idempotency_key: "key-1" };
out.wallet = await told(wallets.create(once));
out.again = await told(wallets.create(once));
out.other = await told(wallets.create({ ...once, chain_type: "solana" }));
const ids = async (query) => {
  const listed = [];
  for await (const wallet of wallets.list(query)) listed.push(wallet.id);
  return listed;
};
const { id: walletId, address } = out.wallet.value;
const queries = [{ external_id: "node-1" }, { address: address.toLowerCase() }, { user_id: "did:privy:node" }, { external_id: "nobody" }];
out.listed = await told(Promise.all(queries.map(ids)));
out.by_address = await told(wallets.getWalletByAddress({ address: address.toLowerCase() }));
out.batch = await told(wallets.createBatch({ wallets: [{ chain_type: "solana" }, { chain_type: "solana", owner_id: "nowhere" }] }));
out.wallet_intent = await told(intents.updateWallet(walletId, { display_name: "Nöde" }));
const shared = await told(wallets.create({ chain_type: "solana", owner: { public_key: keys.c.public } }));
out.renamed = await told(wallets.update(shared.value.id, { display_name: "Ünder", ...signed("c") }));
out.archived = await told(wallets.archive(walletId));
out.hidden = await told(wallets.get(walletId));
out.shown = await told(wallets.get(walletId, { include_archived: true }));
out.policy = await told(client.policies().get(policy));
// its public services have none for automations: the client below them has
out.automations = await told(client.privyApiClient.walletAutomations.list({ wallet_id: hot }).then((page) => page.data));
out.automation = await told(client.privyApiClient.walletAutomations.get(out.automations.value[0].id));
console.log(JSON.stringify(out));
