// The official Node SDK of Privy and the library that it verifies webhooks with: facts as JSON in, what happened as JSON out.
import { PrivyClient } from "@privy-io/node";
import { Webhook } from "svix";

const { secret, ours, body } = JSON.parse(process.argv[2]);
const client = new PrivyClient({ appId: "app", appSecret: "secret" });

function told(payload, headers) {
  try {
    return { value: client.webhooks().verify({ payload, headers, signing_secret: secret }) };
  } catch (error) {
    return { text: error.message };
  }
}

const now = new Date();
const theirs = {
  "svix-id": "msg_theirs",
  "svix-timestamp": String(Math.floor(now.getTime() / 1000)),
  "svix-signature": new Webhook(secret).sign("msg_theirs", now, body),
};
console.log(JSON.stringify({ verified: told(body, ours), bent: told(body + " ", ours), theirs }));
