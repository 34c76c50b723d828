import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import supertest from 'supertest';
import { messagesOf } from '../../src/http/messages.ts';

test('requests and responses are born as the app wants them, and can all that express gives them', async () => {
  const app = express();
  const server = createServer(messagesOf(app));
  const born: boolean[] = [];
  server.on('request', (req, res) => {
    born.push(Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response);
    app(req, res);
  });
  app.use((req, res) => {
    res.json({ fresh: req.fresh, app: req.app === app && res.app === app });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await supertest(`http://127.0.0.1:${port}`).get('/').expect(200, { fresh: false, app: true });
  expect(born).toEqual([true, true]);
  await new Promise((resolve) => server.close(resolve));
});
