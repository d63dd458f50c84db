import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

/** Where Temporal is; what is left out comes from the envconfig profile or the TEMPORAL_* variables. */
export interface TemporalTarget {
  address?: string;
  namespace?: string;
  profile?: string;
}

export interface TemporalLink {
  client: Client;
  native: NativeConnection;
  namespace: string;
  close(): Promise<void>;
}

/** Connects worker and client to the same server, as the `temporal` CLI would with the same profile. */
export async function connectTemporal(target: TemporalTarget): Promise<TemporalLink> {
  const config = loadClientConnectConfig(target.profile === undefined ? {} : { profile: target.profile });
  const options = {
    ...config.connectionOptions,
    ...(target.address === undefined ? {} : { address: target.address }),
  };
  const namespace = target.namespace ?? config.namespace ?? 'default';
  const connection = await Connection.connect(options);
  const native = await NativeConnection.connect(options);
  return {
    client: new Client({ connection, namespace }),
    native,
    namespace,
    close: async () => {
      await native.close();
      await connection.close();
    },
  };
}
