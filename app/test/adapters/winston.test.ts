import { PassThrough, Writable } from 'node:stream';
import { createWinstonLog } from '../../src/adapters/winston.ts';

const now = () => Date.UTC(2026, 0, 2, 3, 4, 5, 6);

async function linesOf(
  level: 'error' | 'warn' | 'info',
  write: (log: ReturnType<typeof createWinstonLog>) => void,
) {
  const out = new PassThrough();
  const log = createWinstonLog({ level, now, out });
  write(log);
  await log.close();
  const text = (await out.toArray()).join('');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

test('every entry is one line of JSON, in the order of writing', async () => {
  const lines = await linesOf('info', (log) => {
    log.info('one\ntwo', { n: 1, text: 'a "quote" %s' });
    log.warn('careful');
    log.error('broken');
  });
  const head = { time: '2026-01-02T03:04:05.006Z', logger: 'cadastre' };
  expect(lines.map((line) => Object.keys(line).slice(0, 4))).toEqual(
    lines.map(() => ['time', 'logger', 'level', 'message']),
  );
  expect(lines).toEqual([
    { ...head, level: 'info', message: 'one\ntwo', n: 1, text: 'a "quote" %s' },
    { ...head, level: 'warn', message: 'careful' },
    { ...head, level: 'error', message: 'broken' },
  ]);
});

test('errors are written with their causes', async () => {
  const error = new Error('outer', { cause: new TypeError('inner') });
  const [line] = await linesOf('info', (log) => log.error('broken', { error }));
  expect(line.error).toMatchObject({
    name: 'Error',
    message: 'outer',
    stack: expect.stringContaining('winston.test'),
    cause: { name: 'TypeError', message: 'inner' },
  });
});

test('what JSON cannot hold does not stop the log', async () => {
  const circular: Record<string, unknown> = { big: 1n };
  circular.self = circular;
  const error = Object.assign(new Error('x'), { cause: circular });
  const lines = await linesOf('info', (log) => {
    log.error('broken', { error, request_id: 'r' });
    log.info('n', { big: 1n });
  });
  expect(lines).toMatchObject([
    { message: 'broken', request_id: 'r', unprintable: true },
    { message: 'n', unprintable: true },
  ]);
});

test.each([
  ['error', ['error']],
  ['warn', ['warn', 'error']],
  ['info', ['info', 'warn', 'error']],
] as const)('at the level %s it writes %j', async (level, expected) => {
  const lines = await linesOf(level, (log) => {
    log.info('x');
    log.warn('x');
    log.error('x');
  });
  expect(lines.map((line) => line.level)).toEqual(expected);
});

test('lines leave by themselves, together', async () => {
  const writes: string[] = [];
  await new Promise<void>((resolve) => {
    const out = new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        writes.push(String(chunk));
        done();
        resolve();
      },
    });
    const log = createWinstonLog({ level: 'info', now, out });
    for (let i = 0; i < 100; i++) log.info('x');
  });
  expect(writes).toHaveLength(1);
  expect(writes[0]!.split('\n')).toHaveLength(101);
});

test('an output that breaks does not stop the service', async () => {
  const out = new Writable({
    write(_chunk, _encoding, done) {
      done(new Error('gone'));
    },
  });
  const log = createWinstonLog({ level: 'info', now, out });
  log.info('x');
  await log.close();
  log.info('y');
  await log.close();
});
