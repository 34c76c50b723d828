import { createS3Files } from '../../src/adapters/s3-files.ts';
import { systemClock } from '../../src/kernel/ports.ts';
import { filesContract } from '../contract/files-contract.ts';
import { s3Endpoint, TEST_BUCKET } from '../support/s3-server.ts';

const place = { region: 'eu-west-1', bucket: TEST_BUCKET, env: {} };
const file = { id: 'a.1', name: 'a.csv', contentType: 'text/csv' };

describe('files in a bucket', () => {
  filesContract(async (clock) => {
    const files = createS3Files({ ...place, endpoint: s3Endpoint(), clock });
    return {
      files,
      async fetch(url) {
        const answer = await fetch(url);
        const body = Buffer.from(await answer.arrayBuffer());
        return { status: answer.status, body, headers: Object.fromEntries(answer.headers) };
      },
      close: () => files.close(),
    };
  });

  test('can be fetched in parts', async () => {
    const files = createS3Files({ ...place, endpoint: s3Endpoint(), clock: systemClock });
    await files.write(
      file,
      (async function* () {
        yield Buffer.from('0123456789');
      })(),
    );
    const url = await files.link(file, Date.now() + 60_000);
    const answer = await fetch(url, { headers: { Range: 'bytes=2-4' } });
    expect([answer.status, await answer.text()]).toEqual([206, '234']);
    await files.close();
  });

  test.each([
    ['a bucket that is not there', { bucket: 'another-bucket', endpoint: () => s3Endpoint() }],
    ['a server that is not there', { bucket: TEST_BUCKET, endpoint: () => 'http://127.0.0.1:9' }],
  ])('cannot be stored in %s', async (_what, { bucket, endpoint }) => {
    const files = createS3Files({ ...place, bucket, endpoint: endpoint(), clock: systemClock });
    const nothing = (async function* () {})();
    await expect(files.write(file, nothing)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(files.remove(file.id)).rejects.toMatchObject({ kind: 'unavailable' });
    await files.close();
  });
});
