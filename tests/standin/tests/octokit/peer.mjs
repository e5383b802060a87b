// Copyright (c) hubops maintainers
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Octokit against the stand-in. Facts come as JSON on standard input; what Octokit got goes out as JSON, judged by
// test_octokit.py. Octokit signs, mints and picks the credential of each operation by itself.

import { readFileSync } from "node:fs";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";

const facts = JSON.parse(readFileSync(0, "utf-8"));
const connect = (options) => new Octokit({ baseUrl: facts.api_url, ...options });
const asApp = (auth) => connect({ authStrategy: createAppAuth, auth: { ...facts.app, ...auth } });
const withToken = (token) => connect({ auth: token });
const status = async (answer) => (await answer).status;
const failure = (answer) =>
  answer.then(
    () => null,
    (error) => [error.status, error.response.data.message],
  );

const app = asApp();
const results = {};

// GET /app, GET /app/installations, GET /app/installations/{installation_id}, GET /orgs/{org}/installation
results.app = (await app.request("GET /app")).data.slug;
results.installations = (await app.request("GET /app/installations")).data.map(({ id }) => id);
results.installation = (await app.request("GET /app/installations/{installation_id}", { installation_id: 2001 })).data.id;
results.of_organization = (await app.request("GET /orgs/{org}/installation", { org: "octo-org" })).data.id;
results.unknown = await failure(app.request("GET /app/installations/{installation_id}", { installation_id: 4711 }));

// POST /app/installations/{installation_id}/access_tokens, as the strategy does it, and with a scope
results.repositories = (
  await asApp({ installationId: 2001 }).request("GET /installation/repositories")
).data.repositories.map(({ name }) => name);
const minted = await app.auth({
  type: "installation",
  installationId: 2001,
  repositoryIds: [5001],
  permissions: { contents: "read" },
});
results.minted = [minted.repositorySelection, minted.permissions, minted.repositoryIds];
const narrow = withToken(minted.token);
results.narrow = (await narrow.request("GET /installation/repositories")).data.total_count;

// DELETE /installation/token
results.revoked = await status(narrow.request("DELETE /installation/token"));
results.dead = await failure(narrow.request("GET /installation/repositories"));

// POST, PATCH and DELETE /applications/{client_id}/token, DELETE /applications/{client_id}/grant
const oauth = asApp(facts.oauth);
const send = (route, access_token) => oauth.request(route, { client_id: facts.oauth.clientId, access_token });
const TOKEN = "/applications/{client_id}/token";
const [one, two] = facts.oauth_tokens;
results.checked = (await send(`POST ${TOKEN}`, one)).data.user.login;
const fresh = (await send(`PATCH ${TOKEN}`, one)).data.token;
results.reset = [fresh !== one, await failure(send(`POST ${TOKEN}`, one))];
results.deleted = [await status(send(`DELETE ${TOKEN}`, fresh)), await failure(send(`DELETE ${TOKEN}`, fresh))];
results.grant = [
  await status(send("DELETE /applications/{client_id}/grant", two)),
  await failure(send(`POST ${TOKEN}`, two)),
];

// POST /applications/{client_id}/token/scoped, where the release has it
const scoped = { client_id: facts.app.clientId, access_token: facts.user_token, target: "octo-org" };
results.scoped = await app
  .request(`POST ${TOKEN}/scoped`, { ...scoped, repositories: ["hello-world"] })
  .then(({ data }) => data.installation.account.login, (error) => error.status);

// POST /app-manifests/{code}/conversions, without credentials; then work as the new app
const convert = () => connect().request("POST /app-manifests/{code}/conversions", { code: facts.manifest_code });
const made = await convert();
const { id, client_id, pem } = made.data;
const signed = asApp({ appId: id, clientId: client_id, privateKey: pem });
results.converted = [made.status, (await signed.request("GET /app")).data.slug, await failure(convert())];

console.log(JSON.stringify(results));
