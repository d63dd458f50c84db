import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { AddedService } from '../../domain/added-service.ts';
import { addServicesText } from '../../platforms/compose/definition-file/add.ts';

const file = `# The shop.
services:
  db:
    image: mongo:7.0
    container_name: shop-db
    command: [mongod, --keyFile, /etc/mongo/key]
    secrets: [rs-key]
    volumes:
      - db-data:/data/db # what it is all about
      - ./key:/etc/mongo/key:ro
      - ./seed:/docker-entrypoint-initdb.d:ro,z
      - { type: bind, source: ./ca.pem, target: /etc/mongo/ca.pem, read_only: true }
      - { type: volume, source: dumps, target: /dumps }
volumes:
  db-data:
  dumps:
`;
const member: AddedService = { like: 'db', volumes: { 'db-2-data': '/data/db' } };

interface File {
  services: Record<string, Record<string, unknown>>;
  volumes: Record<string, unknown>;
}

describe('a service that is added beside one that stands', () => {
  it('has data of its own, and shares what the other may only read', () => {
    const { services, volumes } = parse(addServicesText(file, { 'db-2': member })) as File;
    expect(services['db-2']).toMatchObject({
      image: 'mongo:7.0',
      secrets: ['rs-key'],
      volumes: [
        'db-2-data:/data/db',
        './key:/etc/mongo/key:ro',
        './seed:/docker-entrypoint-initdb.d:ro,z',
        { type: 'bind', source: './ca.pem', target: '/etc/mongo/ca.pem', read_only: true },
      ],
    });
    expect(services['db-2']?.['container_name']).toBeUndefined();
    expect(Object.keys(volumes)).toEqual(['db-data', 'dumps', 'db-2-data']);
  });

  it('shares nothing under a path that is its own', () => {
    const own = { ...member, volumes: { 'db-2-key': '/etc/mongo/key' } };
    const { services } = parse(addServicesText(file, { 'db-2': own })) as File;
    expect(services['db-2']?.['volumes']).not.toContain('./key:/etc/mongo/key:ro');
  });

  it('leaves every line of the others as it was, and is added once', () => {
    const text = addServicesText(file, { 'db-2': member });
    for (const line of file.split('\n')) expect(text).toContain(line);
    expect(addServicesText(text, { 'db-2': member })).toBe(text);
  });
});
