// The official Node SDK of Privy, unmodified, against the emulator: facts as JSON in, what happened as JSON out.
import { PrivyClient } from "@privy-io/node";

const { base_url, app_id, app_secret, keys } = JSON.parse(process.argv[2]);
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
out.listed = [];
for await (const each of intents.list({ resource_id: id, status: "pending", limit: 1 })) out.listed.push(each.intent_id);
out.rejected = await told(intents.reject(out.proposed.value.intent_id));
out.again = await told(intents.reject(out.proposed.value.intent_id));
out.changed = await told(quorums.update(id, { authorization_threshold: 1, ...signed("a", "b") }));
out.deleted = await told(quorums.delete(id, signed("b")));
out.gone = await told(quorums.get(id));
console.log(JSON.stringify(out));
