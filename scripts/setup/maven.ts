import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from './apt.ts';
import { has, run } from './run.ts';
import { say, SetupError } from './say.ts';

/** `group:artifact:version`. */
export type Coordinates = string;

/** A Java runtime that answers. */
export async function ensureJava(): Promise<{ java: string }> {
  if (!(await has('java', '-version'))) await aptInstall(['default-jre-headless'], 'a Java runtime');
  return { java: 'java' };
}

/** Copies the jars of artifacts and of all they need into `folder/libs`, and answers that path. */
export async function copyJars(folder: string, artifacts: Coordinates[]): Promise<string> {
  await ensureJava();
  if (!(await has('mvn', '--version'))) await aptInstall(['maven'], 'Maven');
  say(`fetching ${artifacts.join(', ')} with Maven`);
  const libs = join(folder, 'libs');
  await writeFile(join(folder, 'pom.xml'), pom(artifacts));
  const args = [
    '-q',
    '-B',
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${libs}`,
  ];
  const done = await run('mvn', args, { timeoutMs: 900_000 });
  if (!done.ok) throw new SetupError(`Maven could not fetch ${artifacts.join(', ')}:\n${done.said}`);
  return libs;
}

const pom = (artifacts: Coordinates[]): string =>
  `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>crescendo</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${artifacts.map(dependency).join('\n')}
  </dependencies>
</project>
`;

function dependency(coordinates: Coordinates): string {
  const [group, artifact, version] = coordinates.split(':');
  return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}
