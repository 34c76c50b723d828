#!/usr/bin/env node
/**
 * Asks a deployed service whether it is the release that it should be, and whether it works.
 *
 *   node smoke.mjs ADDRESS VERSION
 *
 * With an API key in SMOKE_API_KEY it also writes a record, reads it back and deletes it; the key belongs to an
 * organisation of its own, so nobody sees it. Waits for the release to arrive, for SMOKE_PATIENCE_S seconds (180).
 */
const [address = '', version = ''] = process.argv.slice(2);
const { SMOKE_API_KEY, SMOKE_PATIENCE_S = '180' } = process.env;
if (!/^https?:\/\//.test(address) || version === '') {
  console.error('usage: smoke.mjs ADDRESS VERSION');
  process.exit(64);
}

const AGREED = 3;
const PAUSE_MS = 1_000;
const TYPE = 'smoke-test';

try {
  await eventually('the release', async () => {
    // More than one instance answers: several answers in a row must agree.
    for (let n = 0; n < AGREED; n++) {
      const status = await ask('GET', '/status');
      if (status.version !== version) throw new Error(`${status.version} answers`);
      if (status.status === 'failing') throw new Error(`it is ill: ${JSON.stringify(status.dependencies)}`);
    }
  });
  await ask('GET', '/readyz');
  await ask('GET', '/openapi.json');
  if (SMOKE_API_KEY) await writeAndRead();
  else console.log('no SMOKE_API_KEY: nothing was written');
  console.log(`${address} serves ${version}`);
} catch (error) {
  console.error(`${address} fails the smoke test: ${error.message}`);
  process.exit(1);
}

async function writeAndRead() {
  const fields = [{ name: 'release', type: 'string', indexed: true }];
  await ask('POST', '/api/v1/entity-types', { name: TYPE, fields }, [201, 409]);
  const { uuid } = await ask('POST', `/api/v1/entities/${TYPE}`, { fields: { release: version } });
  const path = `/api/v1/entities/${TYPE}/${uuid}`;
  for (let n = 0; n < AGREED; n++) {
    const read = await ask('GET', path);
    if (read.fields.release !== version) throw new Error(`${path} does not hold what was written`);
  }
  const search = `/api/v1/entities/${TYPE}/search?uuids=${uuid}`;
  if ((await ask('GET', search)).items.length !== 1) throw new Error('the search does not find what was written');
  await ask('DELETE', path, undefined, [200, 204]);
  await ask('GET', path, undefined, [404]);
}

async function ask(method, path, body, wanted = [200, 201]) {
  const answer = await fetch(`${address.replace(/\/$/, '')}${path}`, {
    method,
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(SMOKE_API_KEY && { Authorization: `Bearer ${SMOKE_API_KEY}` }),
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!wanted.includes(answer.status)) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text.slice(0, 500)}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function eventually(what, attempt) {
  for (const until = Date.now() + Number(SMOKE_PATIENCE_S) * 1000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw new Error(`${what} did not arrive: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
