import { newUuid } from '../../src/kernel/ids.ts';
import { eventually } from '../support/eventually.ts';
import { redisUrl } from '../support/redis-server.ts';
import { dynamoEndpoint } from '../support/tables.ts';
import { image, userOf } from './image.ts';
import { createLoad } from './load.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

export const METRICS_TOKEN = 'sample-token-of-the-tests-of-delivery';

/** The image as the distributed edition, with some traffic behind it, so that every metric has been used. */
export async function startWatchedService(endpoint: string = dynamoEndpoint()): Promise<ServiceProcess> {
  const built = image();
  const service = await startServiceProcess({
    command: built.command,
    cwd: built.workdir,
    env: {
      ...built.env,
      PORT: '0',
      HOST: '127.0.0.1',
      STORE: 'dynamodb',
      DYNAMODB_ENDPOINT: endpoint,
      DYNAMODB_TABLE: `watched-${newUuid(Date.now())}`,
      REDIS_URL: redisUrl(),
      CHANGE_LOG: 'on',
      CHANGE_STREAM: 'watched-changes',
      ANONYMOUS_ROLE: 'editor',
      RATE_LIMIT_ADDRESS: '0',
      METRICS_TOKEN,
      DRAIN_MS: '0',
    },
    user: userOf(built),
  });
  const load = createLoad(service.url);
  await load.prepare();
  const clients = load.run(1);
  await eventually(() => load.answers() >= 20 || load.failures().length > 0);
  load.end();
  await clients;
  if (load.failures().length > 0) throw new Error(`the service does not work: ${load.failures()[0]}`);
  return service;
}

/** What Prometheus would read. */
export async function metricsOf({ url }: ServiceProcess): Promise<string> {
  const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
  if (answer.status !== 200) throw new Error(`the metrics were answered with ${answer.status}`);
  return answer.text();
}
