import { MongoClient, MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { CrescendoError } from '../../domain/crescendo-error.ts';

const selectionMs = 3_000;

/**
 * Runs the work with a client of its own, straight to the one server of the URL, whatever set it belongs to. Throws
 * DatabaseUnavailable, which never names the URL, since that may hold a password.
 */
export async function withMongodb<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, {
    directConnection: true,
    serverSelectionTimeoutMS: selectionMs,
    connectTimeoutMS: selectionMs,
    socketTimeoutMS: 20_000,
    maxPoolSize: 2,
    retryReads: false,
    retryWrites: false,
  });
  try {
    return await work(await client.connect());
  } catch (error) {
    if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError)
      throw new CrescendoError('DatabaseUnavailable', `MongoDB does not answer: ${reasonOf(error)}`);
    throw error;
  } finally {
    await client.close(true);
  }
}

/** The driver's message may hold the address, never the credentials. */
const reasonOf = (error: Error): string => error.message.replace(/\/\/[^@\s]*@/g, '//');
