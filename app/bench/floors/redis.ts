import { Redis } from 'ioredis';
import { ENTITIES } from '../sample.ts';
import { bareApp, bodies, listen } from './server.ts';

/** The least that express and ioredis do: a body fetched by its key and sent. */
const redis = new Redis(process.env.REDIS_URL!);
const keyOf = (uuid: string) => `${process.env.FLOOR_TABLE}:${uuid}`;
for (const { uuid, body } of bodies()) await redis.set(keyOf(uuid), body);

const app = bareApp();
app.get(`${ENTITIES}/:uuid`, async (req, res) => {
  const body = await redis.getBuffer(keyOf(req.params.uuid));
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', body!.length);
  res.end(body);
});
listen(app);
