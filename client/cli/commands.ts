import type { Command } from 'commander';
import { runCommand } from './run.ts';
import { workerCommand } from './worker.ts';

/** Every command, in the order of the help. */
export const commands: readonly ((program: Command) => void)[] = [runCommand, workerCommand];
