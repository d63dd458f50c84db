import { connect } from 'node:net';
import type { Document } from 'bson';
import { messageLength, parseMessage, renderRequest } from './wire.ts';

/** Sends one command to another stand-in and gives its answer. Throws when there is none in time. */
export const askPeer = (host: string, command: Document, timeoutMs: number): Promise<Document> =>
  new Promise((resolve, reject) => {
    const [name = '', port = '27017'] = host.split(':');
    const socket = connect({ host: name, port: Number(port), timeout: timeoutMs });
    let buffer = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once('connect', () => socket.write(renderRequest({ ...command, $db: 'admin' })));
    socket.once('timeout', () => fail(new Error(`${host} does not answer`)));
    socket.once('error', fail);
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      const length = messageLength(buffer);
      if (length === undefined || buffer.length < length) return;
      socket.destroy();
      resolve(parseMessage(buffer.subarray(0, length)).command);
    });
  });
