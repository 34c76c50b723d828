import type { InputClass, Target } from '../http/input-classes.ts';
import { openRaw } from './raw-http.ts';

/** Tries one class of bad input on one route and expects exactly the answer that the class names. */
export async function expectRefusal(port: number, input: InputClass, target: Target): Promise<void> {
  const connection = await openRaw(port);
  try {
    connection.write(input.request(target));
    const { status, headers, body } = await connection.answer();
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect({ status, code: problem.code }).toEqual({ status: input.status, code: input.code });
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json', ...input.headers });
    expect(problem).toMatchObject({
      type: `/problems/${input.code}`,
      status,
      title: expect.any(String),
      detail: expect.any(String),
      request_id: headers['x-request-id'],
      trace_id: expect.stringMatching(/^[\da-f]{32}$/),
    });
    if (status === 405) expect(headers.allow).toContain('OPTIONS');
    if (status === 415) expect(headers.accept ?? headers['accept-encoding']).toBeDefined();
    if (!input.closes) return;
    expect(headers.connection).toBe('close');
    connection.socket.end();
    await connection.ended;
  } finally {
    connection.socket.destroy();
  }
}
