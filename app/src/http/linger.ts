import type { Socket } from 'node:net';

const LINGER_MS = 2_000;

/**
 * Makes the connection end gently after an answer that did not wait for the body. Closing a socket on which
 * bytes still arrive resets it, and the reset can overtake the answer; so we say that we are done, let the
 * rest run into the void for a moment, and only then close.
 */
export function lingerOnClose(socket: Socket): void {
  // Node calls this right after the last answer of a connection.
  socket.destroySoon = () => linger(socket);
}

/** Half-closes the socket, then destroys it when the other side ends too or takes too long. */
export function linger(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  socket.end();
  socket.resume();
}
