import { expect, it } from 'vitest';
import { unfitSettings } from '../../domain/settings-fit.ts';

const MIB = 2 ** 20;

it('A maxmemory above the limit of the container does not fit, whoever changed the limit', () => {
  const settings = { maxmemory: String(168 * MIB) };
  expect(unfitSettings('redis', settings, 192 * MIB)).toEqual([]);
  expect(unfitSettings('redis', settings, 128 * MIB)).toEqual([
    'maxmemory 168 MiB does not fit into a container of 128 MiB',
  ]);
});

it('A cache of MongoDB has to fit as well', () => {
  const settings = { cacheBytes: String(900 * MIB) };
  expect(unfitSettings('mongodb', settings, 4_096 * MIB)).toEqual([]);
  expect(unfitSettings('mongodb', settings, 512 * MIB)).toHaveLength(1);
});

it('What has no limit, and settings that take no memory, always fit', () => {
  expect(unfitSettings('redis', { maxmemory: '0' }, undefined)).toEqual([]);
  expect(unfitSettings('redis', { 'maxmemory-policy': 'allkeys-lru' }, MIB)).toEqual([]);
  expect(unfitSettings('postgres', { work_mem: '8MB' }, MIB)).toEqual([]);
});
