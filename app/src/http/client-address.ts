import type { IncomingMessage } from 'node:http';
import { isIP, SocketAddress } from 'node:net';

/** Each trusted proxy adds the address it saw at the end of the list; what stands before is hearsay. */
export function clientOf(req: IncomingMessage, trustedHops: number): string | undefined {
  const forwarded = trustedHops > 0 ? req.headers['x-forwarded-for'] : undefined;
  if (forwarded === undefined) return req.socket.remoteAddress;
  const addresses = String(forwarded).split(',');
  return addresses[Math.max(0, addresses.length - trustedHops)]?.trim();
}

const WITH_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/;
const MAPPED = /^::ffff:([\d.]+)$/i;
const HALF = 4;

/**
 * Who counts as one: an IPv4 address, or the 64 bits of an IPv6 address that its owner cannot change at will. What is no
 * address counts as one stranger, so that nothing is won by making it up.
 */
export function networkOf(client: string | undefined): string {
  if (client === undefined) return 'unknown';
  const [, bracketed, plain] = WITH_PORT.exec(client) ?? [];
  const [address = ''] = (bracketed ?? plain ?? client).split('%');
  const version = isIP(address);
  if (version === 4) return address;
  return version === 6 ? networkOfSix(address) : 'unknown';
}

function networkOfSix(address: string): string {
  const { address: shortest } = new SocketAddress({ address, family: 'ipv6' });
  const [, four] = MAPPED.exec(shortest) ?? [];
  if (four !== undefined) return four;
  const [head = '', tail] = shortest.split('::');
  const front = head.split(':').filter((group) => group !== '');
  if (tail === undefined || front.length >= HALF) return `${front.slice(0, HALF).join(':')}::/64`;
  const back = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 2 * HALF - front.length - back.length }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, HALF).join(':')}::/64`;
}
