import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ENTITIES, fieldsOf } from './sample.ts';

/** Paths as the API description spells them. */
export const UPLOAD = '/api/v1/entities/{type}/upload';
export const DOWNLOAD = '/api/v1/entities/{type}/download';

const NDJSON = 'application/x-ndjson';
const LINES_A_CHUNK = 500;

/** Sends so many new entities as NDJSON. Throws unless all were created. */
export async function upload(service: string, rows: number): Promise<void> {
  const req = request(`${service}${ENTITIES}/upload`, {
    method: 'POST',
    headers: { 'Content-Type': NDJSON },
  });
  const answered = new Promise<string>((resolve, reject) => {
    req.once('error', reject).once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject).once('end', () => resolve(`${response.statusCode} ${text}`));
    });
  });
  await pipeline(Readable.from(lines(rows)), req);
  const answer = await answered;
  const { created } = JSON.parse(answer.slice(answer.indexOf('{')));
  if (created !== rows) throw new Error(`the upload of ${rows} rows answered ${answer.slice(0, 500)}`);
}

function* lines(rows: number): Generator<string> {
  for (let from = 0; from < rows; from += LINES_A_CHUNK) {
    const size = Math.min(LINES_A_CHUNK, rows - from);
    yield Array.from({ length: size }, (_, i) => `${JSON.stringify({ fields: fieldsOf(from + i) })}\n`).join(
      '',
    );
  }
}

/** Reads the download to its end and answers how many lines came. */
export async function download(service: string): Promise<number> {
  const response = await fetch(`${service}${ENTITIES}/download`, { headers: { Accept: NDJSON } });
  if (!response.ok || !response.body) throw new Error(`the download answered ${response.status}`);
  let count = 0;
  for await (const chunk of response.body) for (const byte of chunk) if (byte === 0x0a) count += 1;
  return count;
}
