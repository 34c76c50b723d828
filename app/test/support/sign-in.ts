import type supertest from 'supertest';
import { PASSWORD } from './accounts.ts';

/** Signs somebody up, if need be, and in; answers the header that says so. */
export async function signIn(
  api: ReturnType<typeof supertest>,
  email = 'ada@example.com',
): Promise<{ Authorization: string; uuid: string }> {
  await api.post('/api/v1/auth/signup').send({ email, password: PASSWORD });
  const { body } = await api.post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(200);
  const Authorization = `Bearer ${body.access_token}`;
  const me = await api.get('/api/v1/auth/me').set({ Authorization }).expect(200);
  return { Authorization, uuid: me.body.uuid };
}
