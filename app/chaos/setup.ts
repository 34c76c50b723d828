import { type Exchanges, exchange } from './exchange.ts';
import type { Op } from './history.ts';
import type { Http } from './http.ts';
import type { Instance } from './instance.ts';
import { createLampActions } from './lamps.ts';
import { randomFrom } from './random.ts';
import { firstMarkOf, HUBS, hubUuid, TYPES, typeKey, typeState } from './sample.ts';

export interface Parts {
  readonly http: Http;
  readonly instances: readonly Instance[];
  readonly authorization: string;
  readonly lamps: number;
  readonly hubs: number;
  readonly record: (op: Op) => void;
}

const SETUP = -1;

/** Defines the types and creates what the clients work on. What it does is part of the history. */
export async function prepare({ http, instances, authorization, lamps, hubs, record }: Parts): Promise<void> {
  const parts: Exchanges = { client: SETUP, http, instances, authorization, random: randomFrom(0), record };
  for (const type of TYPES) {
    const mark = firstMarkOf(type.name);
    const asked = { method: 'POST', path: '/api/v1/entity-types', body: { ...type, description: mark } };
    const draft = { action: 'create', key: typeKey(type.name), mark } as const;
    const { op, reply } = await exchange(parts, draft, asked, ({ body }) => ({
      seen: typeState(JSON.parse(body)),
    }));
    if (op.outcome !== 'ok')
      throw new Error(`The type ${type.name} was not made: ${reply?.status} ${reply?.body}`);
  }
  let marks = 0;
  const lamp = createLampActions(parts, lamps, () => `setup-${++marks}`);
  for (let n = 0; n < lamps; n++) await lamp.create(n);
  for (let n = 0; n < hubs; n++) {
    const asked = {
      method: 'PUT',
      path: `/api/v1/entities/${HUBS}/${hubUuid(n)}`,
      headers: { 'if-none-match': '*' },
      body: { fields: { name: `hub ${n}` } },
    };
    await exchange({ ...parts, record() {} }, { action: 'create', key: `hub:${n}` }, asked);
  }
}
