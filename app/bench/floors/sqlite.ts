import { ENTITIES } from '../sample.ts';
import { newEntity } from './items.ts';
import { bareApp, bodies, listen, sendJson } from './server.ts';
import { openStore } from './sqlite-store.ts';

/** The least that express and node:sqlite do: a body read and sent, an entity's rows written and answered. */
const store = openStore(process.env.FLOOR_PATH!);
for (const { uuid, body } of bodies()) store.keep(uuid, body);

const app = bareApp();
app.get(`${ENTITIES}/:uuid`, (req, res) => {
  sendJson(res, store.find(req.params.uuid)!);
});
app.post(ENTITIES, (req, res) => {
  const { view, items } = newEntity(req.body.fields);
  store.write(items);
  res.statusCode = 201;
  sendJson(res, JSON.stringify(view));
});
listen(app);
