import { deserialize, serialize, type Document } from 'bson';

/** One OP_MSG request, its document sequences (`insert`'s documents, `update`'s updates) put back into the command. */
export interface WireRequest {
  requestId: number;
  command: Document;
  /** The sender wants no answer. */
  moreToCome: boolean;
}

const headerBytes = 16;
const opMsg = 2013;
const opQuery = 2004;
const opReply = 1;
const flags = { checksumPresent: 1, moreToCome: 2 };

/** Length of the first message in the buffer, or `undefined` while its length has not arrived. */
export const messageLength = (buffer: Buffer): number | undefined =>
  buffer.length < 4 ? undefined : buffer.readInt32LE(0);

/** Reads one whole message. Throws on an opcode that this server does not speak. */
export const parseMessage = (message: Buffer): WireRequest & { legacy: boolean } => {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === opMsg) return { ...parseOpMsg(message), requestId, legacy: false };
  if (opCode === opQuery) return { ...parseOpQuery(message), requestId, legacy: true };
  throw new Error(`opcode ${opCode} is not spoken here`);
};

const parseOpMsg = (message: Buffer): Omit<WireRequest, 'requestId'> => {
  const bits = message.readUInt32LE(headerBytes);
  const end = message.length - (bits & flags.checksumPresent ? 4 : 0);
  let command: Document = {};
  const sequences: Record<string, Document[]> = {};
  let at = headerBytes + 4;
  while (at < end) {
    const kind = message.readUInt8(at);
    const bytes = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + bytes);
    if (kind === 0) command = deserialize(section);
    else if (kind === 1) Object.assign(sequences, parseSequence(section));
    else throw new Error(`section kind ${kind} is not spoken here`);
    at += 1 + bytes;
  }
  return { command: { ...command, ...sequences }, moreToCome: (bits & flags.moreToCome) !== 0 };
};

const parseSequence = (section: Buffer): Record<string, Document[]> => {
  const nameEnd = section.indexOf(0, 4);
  const documents: Document[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const bytes = section.readInt32LE(at);
    documents.push(deserialize(section.subarray(at, at + bytes)));
    at += bytes;
  }
  return { [section.toString('utf8', 4, nameEnd)]: documents };
};

/** Drivers may open with an OP_QUERY `hello` before they know what the server speaks. */
const parseOpQuery = (message: Buffer): Omit<WireRequest, 'requestId'> => {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const at = nameEnd + 9;
  return { command: deserialize(message.subarray(at, at + message.readInt32LE(at))), moreToCome: false };
};

/** One command as an OP_MSG, for a peer. */
export const renderRequest = (command: Document): Buffer => {
  const document = Buffer.from(serialize(command));
  const header = Buffer.alloc(headerBytes + 5);
  header.writeInt32LE(header.length + document.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(opMsg, 12);
  return Buffer.concat([header, document]);
};

export const renderReply = (requestId: number, body: Document, legacy: boolean): Buffer => {
  const document = Buffer.from(serialize(body));
  const prefix = legacy ? legacyPrefix() : Buffer.from([0, 0, 0, 0, 0]);
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(headerBytes + prefix.length + document.length, 0);
  header.writeInt32LE(0, 4);
  header.writeInt32LE(requestId, 8);
  header.writeInt32LE(legacy ? opReply : opMsg, 12);
  return Buffer.concat([header, prefix, document]);
};

/** responseFlags, cursorID, startingFrom, numberReturned. */
const legacyPrefix = (): Buffer => {
  const prefix = Buffer.alloc(20);
  prefix.writeInt32LE(8, 0);
  prefix.writeInt32LE(1, 16);
  return prefix;
};
