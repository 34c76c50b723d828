import { setTimeout as wait } from 'node:timers/promises';

/** Clients that create and read, one request after the other each. */
export interface Load {
  /** Makes the type that they use. */
  prepare(): Promise<void>;
  /** Resolves once `end` was called and the last answer is there. */
  run(clients: number): Promise<void>;
  end(): void;
  answers(): number;
  /** What went wrong: an answer of 500 or above, or none at all. */
  failures(): readonly string[];
}

const PAUSE_MS = 5;

export function createLoad(url: string): Load {
  const failures: string[] = [];
  let answers = 0;
  let isOver = false;

  async function call(path: string, body?: unknown): Promise<Response> {
    const options = body === undefined ? {} : post(body);
    const response = await fetch(`${url}/api/v1${path}`, options);
    if (response.status >= 400) throw new Error(`${path} was answered with ${response.status}`);
    return response;
  }
  async function client(): Promise<void> {
    while (!isOver) {
      try {
        const created = await call('/entities/parcel', { fields: { owner: 'somebody' } });
        const { uuid } = (await created.json()) as { uuid: string };
        await (await call(`/entities/parcel/${uuid}`)).arrayBuffer();
        answers += 2;
      } catch (error) {
        failures.push(String((error as Error).cause ?? error));
      }
      await wait(PAUSE_MS);
    }
  }
  return {
    async prepare() {
      await call('/entity-types', {
        name: 'parcel',
        fields: [{ name: 'owner', type: 'string', indexed: true }],
      });
    },
    async run(clients) {
      await Promise.all(Array.from({ length: clients }, client));
    },
    end() {
      isOver = true;
    },
    answers: () => answers,
    failures: () => failures,
  };
}

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
