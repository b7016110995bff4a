// The official Node SDK of Cobo, unmodified, against the emulator: facts as JSON in, what happened as JSON out.
const sdk = require("@cobo/cobo-waas2");
const facts = JSON.parse(process.argv[2]);
const client = sdk.ApiClient.instance;
client.setEnv(new sdk.Env(facts.base_url));

async function told(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    return { status: error.status, code: error.response?.body?.error_code, text: error.response?.body?.error_message };
  }
}

function request(nodes, changes = {}) {
  const holders = nodes.map((node, at) => ({ name: `Hölder ${node}`, type: "API", tss_node_id: node, signer: at === 0 }));
  const body = { key_share_holder_group_type: "SigningGroup", participants: 3, threshold: 2, key_share_holders: holders };
  return { CreateKeyShareHolderGroupRequest: sdk.CreateKeyShareHolderGroupRequest.constructFromObject({ ...body, ...changes }) };
}

(async () => {
  client.setPrivateKey(facts.api_private_key, facts.curve_type);
  const wallets = new sdk.WalletsMPCWalletsApi();
  const vault = facts.vault_id;
  const out = {};
  out.info = await told(new sdk.DevelopersApi().getApiKeyInfo());
  out.made = await told(wallets.createKeyShareHolderGroup(vault, request(["n1", "n2"])));
  out.got = await told(wallets.getKeyShareHolderGroupById(vault, out.made.value.key_share_holder_group_id));
  out.listed = await told(wallets.listKeyShareHolderGroups(vault, { limit: 2, key_share_holder_group_type: "SigningGroup" }));
  out.twice = await told(wallets.createKeyShareHolderGroup(vault, request(["m", "m"])));
  out.nowhere = await told(wallets.getKeyShareHolderGroupById(vault, "nowhere"));
  const mpc = { CreateMpcProjectRequest: new sdk.CreateMpcProjectRequest("Näme", 3, 2) };
  out.project = await told(wallets.createMpcProject(mpc));
  const renamed = { UpdateMpcProjectByIdRequest: new sdk.UpdateMpcProjectByIdRequest("Ünders") };
  out.renamed = await told(wallets.updateMpcProjectById(out.project.value.project_id, renamed));
  const fields = { name: "Wället", wallet_type: "MPC", wallet_subtype: "Org-Controlled", vault_id: vault };
  const params = new sdk.CreateWalletParams(sdk.CreateMpcWalletParams.constructFromObject(fields));
  const all = new sdk.WalletsApi();
  out.wallet = await told(all.createWallet({ CreateWalletParams: params }));
  out.wallets = await told(all.listWallets({ wallet_type: "MPC", vault_id: vault, limit: 50 }));
  client.setPrivateKey("09".repeat(32), "ED25519");
  out.stranger = await told(new sdk.DevelopersApi().getApiKeyInfo());
  console.log(JSON.stringify(out));
})();
