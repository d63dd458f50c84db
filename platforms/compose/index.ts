import type { ComposePlatformSpec } from '../../domain/catalog.ts';
import type { Platform } from '../platform.ts';
import { nextChange } from './changes.ts';
import {
  addServices,
  compareDefinition,
  editDefinition,
  removeServices,
  restoreDefinition,
} from './definition-file/index.ts';
import { openEngine } from './engine.ts';
import { exec } from './exec.ts';
import { readFile, writeFile } from './files.ts';
import { host } from './host.ts';
import { restart, start, stop, stopOne } from './lifecycle.ts';
import { logs } from './logs.ts';
import { observe } from './observe.ts';
import { obstacles } from './obstacles.ts';
import { outdated, renew } from './renew.ts';
import { describe, putBack, removeReplaced, replace } from './replace.ts';
import { resize } from './resize.ts';
import { scale } from './scale.ts';
import { stats } from './stats.ts';
import { prune, storage } from './storage.ts';
import { taken } from './taken.ts';

/** A Docker Compose project, through the Engine API. Nothing is asked of the engine before the first call. */
export function createComposePlatform(spec: ComposePlatformSpec): Platform {
  const engine = openEngine(spec);
  return {
    kind: 'compose',
    observe: (services, signal) => observe(engine, services, signal),
    host: (signal) => host(engine, signal),
    storage: (signal) => storage(engine, signal),
    prune: (kinds, signal) => prune(engine, kinds, signal),
    stats: (services, options) => stats(engine, services, options),
    scale: (request, context) => scale(engine, request, context),
    nextChange: (services, options) => nextChange(engine, services, options),
    restart: (replica, { stopGraceMs }, context) => restart(engine, replica, stopGraceMs, context),
    stopReplica: (replica, { stopGraceMs }, context) => stopOne(engine, replica, stopGraceMs, context),
    stop: (service, { stopGraceMs }, context) => stop(engine, service, stopGraceMs, context),
    start: (service, context) => start(engine, service, context),
    resize: (service, resources, context) => resize(engine, service, resources, context),
    logs: (replica, query, signal) => logs(engine, replica, query, signal),
    exec: (replica, argv, options) => exec(engine, replica, argv, options),
    readFile: (replica, path, signal) => readFile(engine, replica, path, signal),
    writeFile: (replica, path, content, signal) => writeFile(engine, replica, path, content, signal),
    editDefinition: (change) => editDefinition(engine, change),
    restoreDefinition: (change) => restoreDefinition(engine, change),
    compareDefinition: (changes) => compareDefinition(engine, changes),
    outdated: (service, signal) => outdated(engine, service, signal),
    renew: (request, context) => renew(engine, request, context),
    describe: (service, signal) => describe(engine, service, signal),
    replace: (request, context) => replace(engine, request, context),
    putBack: (request, context) => putBack(engine, request, context),
    removeReplaced: (service, context) => removeReplaced(engine, service, context),
    taken: (names, signal) => taken(engine, names, signal),
    addServices: (wanted) => addServices(engine, wanted),
    removeServices: (wanted) => removeServices(engine, wanted),
    obstacles: (services, signal) => obstacles(engine, services, signal),
    close: () => Promise.resolve(),
  };
}
