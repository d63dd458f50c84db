import { promises as dns } from 'node:dns';
import { hostname, networkInterfaces } from 'node:os';

/** The name an operator sees (`chat4all-whatsapp-connector-2`): Docker's DNS knows it by address. Else the host name. */
export const replicaName = async (): Promise<string> => {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  if (own === undefined) return hostname();
  try {
    // Not dns.reverse: that one stops at /etc/hosts, which has the container id.
    const [name] = await dns.resolvePtr(`${own.address.split('.').toReversed().join('.')}.in-addr.arpa`);
    return name?.split('.')[0] ?? hostname();
  } catch {
    // No reverse name (an engine without embedded DNS): the container id does as well.
    return hostname();
  }
};
