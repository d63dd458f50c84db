import { describe, expect, it } from 'vitest';
import { fullestDisk, largestSizes, logFolders, partitionSizes } from '../../domain/broker-disk.ts';
import { brokerServiceNames } from '../../domain/kafka-service.ts';

describe('the disk of a broker', () => {
  it('lies under the folders that its settings name, or where its image keeps them', () => {
    expect(logFolders({ KAFKA_LOG_DIRS: '/disk-1/kafka, /disk-2/kafka' })).toEqual([
      '/disk-1/kafka',
      '/disk-2/kafka',
    ]);
    expect(logFolders({})).toEqual(['/var/lib/kafka/data']);
  });

  it('is as full as the fullest of them', () => {
    const df = [
      'Filesystem 1024-blocks Used Available Capacity Mounted on',
      '/dev/vda 1000 400 600 40% /disk-1',
      '/dev/vdb 1000 910 90 91% /disk-2',
    ].join('\n');
    expect(fullestDisk(df)).toBe(0.91);
    expect(fullestDisk('df: no such file')).toBeUndefined();
  });

  it('tells the size of each partition, and of nothing else that lies there', () => {
    const du = [
      '2048\t/data/message-events-3',
      '8\t/data/__consumer_offsets-12',
      '4\t/data/lost+found',
      '2060\t/data',
    ].join('\n');
    expect(partitionSizes(du)).toEqual({ 'message-events-3': 2_097_152, '__consumer_offsets-12': 8_192 });
    expect(largestSizes([{ 'a-0': 1, 'b-0': 5 }, { 'a-0': 3 }])).toEqual({ 'a-0': 3, 'b-0': 5 });
  });
});

describe('services that run a broker', () => {
  it('are that of the catalog and those that are named after it with a number', () => {
    const all = ['kafka', 'kafka-2', 'kafka-3', 'kafka-ui', 'kafkacat', 'postgres'];
    expect(brokerServiceNames('kafka', all)).toEqual(['kafka', 'kafka-2', 'kafka-3']);
    expect(brokerServiceNames('kafka-1', ['kafka-1', 'kafka-2', 'kafka-1-4'])).toEqual([
      'kafka-1',
      'kafka-2',
      'kafka-1-4',
    ]);
    expect(brokerServiceNames('kafka', [])).toEqual(['kafka']);
  });
});
