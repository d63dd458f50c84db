import { defineConfig } from 'vitest/config';

/** One project a tier; `npm run test:<tier>` runs one of them. */
const tier = (name: string, folders: string[], options: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    testTimeout: 20_000,
    hookTimeout: 60_000,
    ...options,
  },
});

export default defineConfig({
  test: {
    projects: [
      tier('static', ['static']),
      tier('domain', ['domain', 'config']),
      tier('adapters', ['adapters', 'activities']),
      tier('platforms', ['platforms']),
      tier('workflows', ['workflows'], { testTimeout: 60_000 }),
      tier('replay', ['replay'], { testTimeout: 60_000 }),
      tier('cli', ['client', 'cli'], { testTimeout: 60_000 }),
      tier('scenarios', ['scenarios'], {
        // They take below two minutes on an idle machine; a busy one gets the time to show that they hold.
        testTimeout: 240_000,
        hookTimeout: 600_000,
        fileParallelism: false,
      }),
    ],
  },
});
