import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Lane, openLane, type TcpFault } from './tcp-lane.ts';

/** Stands between clients and a server and does what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** From now on, on open connections and on new ones; without one, everything held back goes on its way. */
  setFault(fault?: TcpFault): void;
  /** Cuts the open connections; new ones go to this port. */
  pointTo(upstreamPort: number): void;
  /** Resets the open connections. */
  dropAll(): void;
  /** How many are open. */
  connections(): number;
  close(): Promise<void>;
}

interface Connection {
  readonly lanes: readonly Lane[];
  reset(): void;
}

/** With a reset, unless the end was sent already: after that a reset fails, and leaves a handle that nothing closes. */
function cut(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Forwards connections to a port of this machine; `random` draws the jitter. */
export async function startTcpProxy(
  upstreamPort: number,
  random: () => number = Math.random,
): Promise<TcpProxy> {
  const open = new Set<Connection>();
  let upstream = upstreamPort;
  let fault: TcpFault | undefined;

  function accept(client: Socket): void {
    if (fault === 'refuse') {
      client.on('error', () => {}).resetAndDestroy();
      return;
    }
    const server = connect({ port: upstream, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const reset = () => {
      open.delete(connection);
      for (const lane of connection.lanes) lane.close();
      for (const socket of [client, server]) cut(socket);
    };
    const shared = { fault: () => fault, random, reset };
    const connection: Connection = {
      lanes: [
        openLane({ ...shared, from: client, to: server, way: 'requests' }),
        openLane({ ...shared, from: server, to: client, way: 'replies' }),
      ],
      reset,
    };
    open.add(connection);
    for (const socket of [client, server]) {
      socket.on('error', () => {}); // the lanes know what to do
      socket.once('close', () => client.closed && server.closed && open.delete(connection));
    }
  }

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, accept).listen(0, '127.0.0.1');
  await once(listener, 'listening');

  function dropAll(): void {
    for (const { reset } of open) reset();
  }
  return {
    port: (listener.address() as AddressInfo).port,
    setFault(next) {
      fault = next;
      if (fault === 'refuse') dropAll();
      for (const { lanes } of open) for (const lane of lanes) lane.go();
    },
    pointTo(port) {
      upstream = port;
      dropAll();
    },
    dropAll,
    connections: () => open.size,
    async close() {
      dropAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}
