import { namesTag, readPreconditions } from '../../src/http/preconditions.ts';
import { TOY_PATH } from '../support/toy-domain.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';

describe('conditional requests', () => {
  let toys: ToyService;
  beforeAll(async () => {
    toys = await startToys();
  });
  afterAll(() => toys.stop());

  test.each(['"1"', 'W/"1"', '"0", "1"', '"a,b" , W/"1"', '*'])(
    '304 when If-None-Match is %s',
    async (tags) => {
      const answer = await toys.api.get(TOY_PATH).set('If-None-Match', tags).expect(304);
      expect(answer.text).toBe('');
      expect(answer.headers).toMatchObject({ etag: '"1"', 'cache-control': 'private, no-cache' });
      expect(answer.headers.vary).toBe('Authorization, Accept, Prefer');
      expect(answer.headers['content-type']).toBeUndefined();
      await toys.api.head(TOY_PATH).set('If-None-Match', tags).expect(304);
    },
  );

  test.each(['"2"', '"11"', 'W/"2", "3"'])('200 when If-None-Match is %s', async (tags) => {
    await toys.api.get(TOY_PATH).set('If-None-Match', tags).expect(200);
  });

  test('writes are never answered 304; their handler gets the header', async () => {
    const answer = await toys.api
      .patch(TOY_PATH)
      .set({ 'If-None-Match': '*', 'If-Match': '"1", "2"', 'Idempotency-Key': '"a\\"b"' })
      .send({ name: 'Ball' })
      .expect(200);
    expect(answer.body).toMatchObject({ ifNoneMatch: '*', ifMatch: '"1", "2"', idempotencyKey: 'a"b' });
  });
});

test.each(['*', '""', '"a"', 'W/"a"', ' "a" , "b"'])('%s is a list of entity tags', (value) => {
  expect(readPreconditions({ 'if-match': value }).ifMatch).toBe(value);
});

test.each(['', 'a', '"a', '"a" "b"', '*, "a"', 'w/"a"', '"a b"', '"a",'])('%j is not', (value) => {
  expect(() => readPreconditions({ 'if-match': value })).toThrow('If-Match must be');
});

test.each([
  ['bare-key_1', 'bare-key_1'],
  ['"bare-key_1"', 'bare-key_1'],
  ['"a\\\\b"', 'a\\b'],
  ['x'.repeat(255), 'x'.repeat(255)],
  [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
])('Idempotency-Key %s is the key %s', (value, key) => {
  expect(readPreconditions({ 'idempotency-key': value }).idempotencyKey).toBe(key);
});

test.each(['', '""', 'a b', '"a b"', '"a"b"', 'x'.repeat(256), `"${'x'.repeat(256)}"`, 'é'])(
  'Idempotency-Key %j is refused',
  (value) => {
    expect(() => readPreconditions({ 'idempotency-key': value })).toThrow('1 to 255');
  },
);

test('tags are compared without regard to weakness', () => {
  expect(namesTag('W/"a"', '"a"')).toBe(true);
  expect(namesTag('"a"', 'W/"a"')).toBe(true);
  expect(namesTag('"b", "c"', '"a"')).toBe(false);
});
