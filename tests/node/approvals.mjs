// Privy's official Node SDK, unmodified, sends what was signed elsewhere: facts as JSON in, what happened as JSON out.
import { PrivyClient } from "@privy-io/node";

const { base_url, app_id, app_secret, change, deletion } = JSON.parse(process.argv[2]);
const client = new PrivyClient({ appId: app_id, appSecret: app_secret, apiUrl: base_url });
const quorums = client.keyQuorums();
const signed = ({ signatures, expires_ms }) => ({ authorization_context: { signatures }, request_expiry: expires_ms });

const out = {};
out.changed = await quorums.update(change.quorum, { ...change.body, ...signed(change) });
out.deleted = await quorums.delete(deletion.quorum, signed(deletion));
console.log(JSON.stringify(out));
