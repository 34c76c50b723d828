import { ENTITIES } from '../sample.ts';
import { openStore } from './dynamo-store.ts';
import { newEntity } from './items.ts';
import { bareApp, bodies, listen, sendJson } from './server.ts';

/** The least that express and the AWS SDK do: one GetItem and its body sent, one transaction of 2 + k items. */
const store = await openStore(process.env.DYNAMODB_ENDPOINT!, process.env.FLOOR_TABLE!);
for (const { uuid, body } of bodies()) await store.keep(uuid, body);

const app = bareApp();
app.get(`${ENTITIES}/:uuid`, async (req, res) => {
  sendJson(res, await store.find(req.params.uuid));
});
app.post(ENTITIES, async (req, res) => {
  const { view, items } = newEntity(req.body.fields);
  await store.write(items);
  res.statusCode = 201;
  sendJson(res, JSON.stringify(view));
});
listen(app);
