import { createServer, type Socket } from 'node:net';
import { runCommand, type Status } from './commands.ts';
import { createStore } from './store.ts';
import { messageLength, parseMessage, renderReply } from './wire.ts';

/**
 * A NAMED STAND-IN for mongo:7.0, for machines where no image registry answers. It speaks OP_MSG and keeps the demo's documents in
 * memory; it is no database. Where mongo:7.0 can be pulled, the demo uses that.
 */
const port = 27_017;
const store = createStore(50_000);
const status: Status = {
  startedAtMs: Date.now(),
  connections: 0,
  totalConnections: 0,
  operations: { insert: 0, query: 0, update: 0, delete: 0, command: 0 },
};

const log = (text: string): void => {
  process.stdout.write(`${new Date().toISOString()} mongodb-standin: ${text}\n`);
};

const serve = (socket: Socket): void => {
  let buffer = Buffer.alloc(0);
  status.connections += 1;
  status.totalConnections += 1;
  socket.setNoDelay(true);
  socket.on('close', () => (status.connections -= 1));
  socket.on('error', (error) => log(`connection: ${error.message}`));
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const length = messageLength(buffer);
      if (length === undefined || buffer.length < length) return;
      if (!answer(socket, buffer.subarray(0, length))) return;
      buffer = buffer.subarray(length);
    }
  });
};

/** `false` when the peer does not speak the protocol and was hung up on. */
const answer = (socket: Socket, message: Buffer): boolean => {
  try {
    const request = parseMessage(message);
    status.operations.command += 1;
    const reply = replyTo(request.command);
    if (!request.moreToCome) socket.write(renderReply(request.requestId, reply, request.legacy));
    return true;
  } catch (error) {
    log(`ERROR ${error instanceof Error ? error.message : String(error)}`);
    socket.destroy();
    return false;
  }
};

const replyTo = (command: Parameters<typeof runCommand>[0]): ReturnType<typeof runCommand> => {
  try {
    return runCommand(command, store, status);
  } catch (error) {
    return {
      ok: 0,
      errmsg: error instanceof Error ? error.message : String(error),
      code: 2,
      codeName: 'BadValue',
    };
  }
};

const server = createServer(serve).listen(port, () => {
  log('a stand-in for mongo:7.0, kept in memory');
  log(`waiting for connections on port ${port}`);
});
process.once('SIGTERM', () => {
  log('stopping');
  server.close();
  process.exit(0);
});
