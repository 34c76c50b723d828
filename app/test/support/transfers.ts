import type { UploadReport } from '../../src/domains/entities/transfer/report.ts';
import type { Registry } from './registry.ts';

export type Format = 'ndjson' | 'json' | 'csv';

export const MEDIA_TYPES: Record<Format, string> = {
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  csv: 'text/csv',
};

/** The bytes of a text in chunks of so many bytes. */
export async function* chunksOf(text: string | Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Uploads and downloads of one registry. */
export function transfersOf(registry: Registry) {
  async function send(
    type: string,
    format: Format,
    stream: AsyncIterable<Uint8Array>,
    query: object = {},
  ): Promise<UploadReport> {
    const call = { params: { type }, mediaType: MEDIA_TYPES[format], stream, query };
    const { status, body } = await registry.call('uploadEntities', call);
    expect(status).toBe(200);
    return body as UploadReport;
  }

  async function download(type: string, format: Format, query: object = {}): Promise<string> {
    const { stream } = await registry.call('downloadEntities', {
      params: { type },
      query: { format, ...query },
    });
    let text = '';
    for await (const part of stream!) text += part;
    return text;
  }

  /** What a download says of the entities themselves, less what differs from one life to the next. */
  async function entities(type: string): Promise<Record<string, unknown>[]> {
    const all = new Map<unknown, Record<string, unknown>>();
    for (const line of (await download(type, 'ndjson')).split('\n').filter((text) => text !== '')) {
      const { created_at: _c, updated_at: _u, version: _v, type_version: _t, ...entity } = JSON.parse(line);
      const before = all.get(entity.uuid);
      // More links of the entity before.
      if (before) before.links = [...(before.links as object[]), ...entity.links];
      else all.set(entity.uuid, entity);
    }
    return [...all.values()];
  }

  return {
    send,
    download,
    entities,
    upload: (type: string, format: Format, text: string | Uint8Array, query: object = {}) =>
      send(type, format, chunksOf(text), query),
    /** Sends objects as NDJSON. */
    uploadRows: (type: string, rows: readonly unknown[], query: object = {}) =>
      send(type, 'ndjson', chunksOf(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), query),
    async removeAll(type: string): Promise<void> {
      for (const { uuid } of await entities(type)) {
        await registry.call('deleteEntity', { params: { type, uuid: String(uuid) } });
      }
    },
  };
}

/** A readable uuid for the n-th entity of a test. */
export const uuidOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
