import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Document } from 'bson';
import { runCommand, type Server } from './commands.ts';
import { openJournal } from './journal.ts';
import { createReplicaSet } from './replica-set.ts';
import { createStore } from './store.ts';
import { messageLength, parseMessage, renderReply } from './wire.ts';

export interface StandinOptions {
  /** 0: any that is free. */
  port: number;
  /** Where its documents are kept. */
  folder: string;
  replSet?: string;
  cacheBytes?: number;
  log: (text: string) => void;
  /** Called by the command `shutdown`, after everything is closed. */
  onShutdown?: () => void;
}

export interface Standin {
  port: number;
  close(): Promise<void>;
}

const mostDocuments = 50_000;

/**
 * A NAMED STAND-IN for mongo:7.0, for machines where no image registry answers. It speaks OP_MSG and keeps documents in memory and in
 * a journal; it is no database. Where mongo:7.0 can be pulled, that is used.
 */
export async function startStandin(options: StandinOptions): Promise<Standin> {
  const { log } = options;
  const journal = openJournal(options.folder);
  const sockets = new Set<Socket>();
  const store = createStore(mostDocuments, journal.entries, (entry) => {
    journal.record(entry);
    replicaSet.noted(entry);
  });
  const { replSet } = options;
  const replicaSet = createReplicaSet(replSet, journal.replicaSet, journal.keepReplicaSet, store);
  const held: Server = {
    store,
    status: {
      startedAtMs: Date.now(),
      connections: 0,
      totalConnections: 0,
      operations: { insert: 0, query: 0, update: 0, delete: 0, command: 0 },
    },
    settings: { cacheBytes: options.cacheBytes ?? 256 * 2 ** 20, engineConfig: '' },
    replicaSet,
    options: {
      net: { port: options.port, bindIp: '*' },
      storage: { dbPath: options.folder },
      ...(replSet === undefined ? {} : { replication: { replSet } }),
    },
    shutDown: () => void close().then(options.onShutdown),
  };
  const listener = createServer((socket) => serve(socket, held, sockets, log));
  listener.listen(options.port);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  log('a stand-in for mongo:7.0, no database');
  log(`waiting for connections on port ${port}`);

  async function close(): Promise<void> {
    replicaSet.close();
    const closed = once(listener, 'close');
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return { port, close };
}

function serve(socket: Socket, held: Server, sockets: Set<Socket>, log: (text: string) => void): void {
  let buffer = Buffer.alloc(0);
  let answered = Promise.resolve();
  sockets.add(socket);
  held.status.connections += 1;
  held.status.totalConnections += 1;
  socket.setNoDelay(true);
  socket.on('close', () => {
    sockets.delete(socket);
    held.status.connections -= 1;
  });
  socket.on('error', (error) => log(`connection: ${error.message}`));
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const length = messageLength(buffer);
      if (length === undefined || buffer.length < length) return;
      const message = buffer.subarray(0, length);
      buffer = buffer.subarray(length);
      // One after the other, as a connection of the real server.
      answered = answered.then(() => answer(socket, message, held, log));
    }
  });
}

async function answer(
  socket: Socket,
  message: Buffer,
  held: Server,
  log: (text: string) => void,
): Promise<void> {
  try {
    const request = parseMessage(message);
    held.status.operations.command += 1;
    const reply = await replyTo(request.command, held);
    if (!request.moreToCome && !socket.destroyed)
      socket.write(renderReply(request.requestId, reply, request.legacy));
  } catch (error) {
    // The peer does not speak the protocol.
    log(`ERROR ${error instanceof Error ? error.message : String(error)}`);
    socket.destroy();
  }
}

async function replyTo(command: Document, held: Server): Promise<Document> {
  try {
    return await runCommand(command, held);
  } catch (error) {
    const errmsg = error instanceof Error ? error.message : String(error);
    return { ok: 0, errmsg, code: 2, codeName: 'BadValue' };
  }
}
